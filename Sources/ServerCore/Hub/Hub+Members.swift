import ConcordProtocol
import Crypto
import JSON
import Memory
import Model
import Storage

/// A password as it is kept: what was derived from it, and how.
struct PasswordHash {
    static let saltBytes = 16
    /// More than any setting allows: such a hash is damaged, and would block the queue.
    static let roundsMax = 10_000_000

    var rounds: Int
    var salt: InlineArray<16, UInt8>
    var key: Digest32

    /// What a new hash is to be made with; `key` is still to come.
    init(rounds: Int, random: RandomSource) {
        self.rounds = rounds
        salt = InlineArray(repeating: 0)
        key = SHA256.digest(.empty)
        withUnsafeMutableBytes(of: &salt) { memory in
            let base = memory.baseAddress!.assumingMemoryBound(to: UInt8.self)
            random.fill(MutableBytes(base: base, count: memory.count))
        }
    }

    /// As it is stored; nil if it is damaged.
    init?(_ credential: Credential) {
        guard credential.salt.count == PasswordHash.saltBytes,
            let key = Digest32(credential.hash), (1...PasswordHash.roundsMax).contains(credential.rounds)
        else { return nil }
        rounds = credential.rounds
        self.key = key
        salt = InlineArray(repeating: 0)
        for index in 0..<PasswordHash.saltBytes { salt[index] = credential.salt[index] }
    }

    /// The same password, as far as anyone can tell.
    func matches(_ other: PasswordHash) -> Bool {
        key.withBytes { mine in other.key.withBytes { constantTimeEqual(mine, $0) } }
    }

    /// Lends salt and key as views.
    func withBytes<Result, Failure: Error>(
        _ body: (_ salt: Bytes, _ key: Bytes) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let span = salt.span
        return try span.withUnsafeBufferPointer { salt throws(Failure) in
            try key.withBytes { key throws(Failure) in
                try body(Bytes(base: salt.baseAddress!, count: salt.count), key)
            }
        }
    }
}

extension Hub {
    /// Makes an account and tells everyone (`user_joined`); nil if the name is taken. An invite
    /// that is asked for is used up with it.
    mutating func register(
        username: Bytes, hash: PasswordHash, rights: Rights = Rights(), invite: Bytes? = nil
    ) throws(HubError) -> UserID? {
        try reserve(events: 1)
        let user = UserID(identifiers.next(at: clock))
        let createdAt = now
        var isNew = false
        let isDone = try hash.withBytes { salt, key throws(HubError) in
            try storing { store throws(StorageError) in
                try store.tentatively { () throws(StorageError) in
                    isNew = try store.createUser(
                        id: user, username: username, nickname: username, createdAt: createdAt,
                        rounds: hash.rounds, salt: salt, hash: key)
                    guard isNew, let invite else { return isNew }
                    return try store.useInvite(invite, at: createdAt)
                }
            }
        }
        guard isNew else { return nil }
        guard isDone else { throw .forbidden("The invite does not hold any more") }
        if rights != Rights() {
            try storing { store throws(StorageError) in
                try store.setRights(rights, of: user.value, in: nil)
            }
            try rightsChanged()
        }
        try broadcastStored(to: .everyone) { json, event in json.userJoined(user, event: event) }
        return user
    }

    /// Replaces a hash by a stronger one of the same password, unless it has changed.
    mutating func replacePassword(
        of user: UserID, _ replaced: Digest32, with hash: PasswordHash
    ) throws(HubError) {
        try storing { store throws(StorageError) in
            guard let current = try store.credential(user: user),
                replaced.withBytes({ constantTimeEqual($0, current.hash) })
            else { return }
            try hash.withBytes { salt, key throws(StorageError) in
                try store.setPassword(user: user, rounds: hash.rounds, salt: salt, hash: key)
            }
        }
    }

    /// Counts a member's new connection; the first one makes the member appear.
    mutating func connect(_ user: UserID) {
        guard presence.connect(user) else { return }
        announce(user)
        remember(user)
    }

    /// Counts a connection off; the last one makes the member disappear.
    mutating func disconnect(_ user: UserID) {
        guard presence.disconnect(user) else { return }
        announce(user)
        remember(user)
    }

    private mutating func remember(_ user: UserID) {
        if !appearances.isFull { appearances.append(user) }
    }

    mutating func announce(_ id: UserID) {
        let account = try? store.account(id)
        guard let account else { return }
        let status = presence.isOnline(id) ? account.chosenStatus : .offline
        broadcast(to: .everyone) { json in json.userStatusUpdated(id, status: status) }
    }

    /// What others see.
    func status(of user: User) -> OnlineStatus {
        presence.isOnline(user.id) ? user.chosenStatus : .offline
    }
}
