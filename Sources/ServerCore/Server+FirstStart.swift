import ConcordProtocol
import Crypto
import Memory
import Model
import Storage
import UnicodeText

/// What an empty data folder begins with.
public struct FirstStart {
    /// The administrator's, unless another is chosen.
    public static let usualName: StaticString = "admin"
    public static let channelName: StaticString = "general"

    public let communityName: Bytes
    /// Of the administrator. It must keep the rule for usernames.
    public let username: Bytes
    public let password: Bytes

    public init(
        communityName: Bytes, username: Bytes = Bytes(FirstStart.usualName), password: Bytes
    ) {
        self.communityName = communityName
        self.username = username
        self.password = password
    }
}

extension Server {
    /// True if the data folder has never served.
    public func isFirstStart() throws(StorageError) -> Bool {
        try hub.store.community() == nil
    }

    /// Makes the community, its administrator and its first channel, all or nothing.
    public func perform(_ first: FirstStart, at wall: Milliseconds) throws(StorageError) {
        hub.clock = wall
        let hash = derive(first.password)
        do throws(HubError) {
            try hub.create(first, hash: hash)
        } catch {
            hub.store.rollback()
            if case .storage(let error) = error { throw error }
            preconditionFailure("the names of a first start keep every rule")
        }
        do {
            try hub.commit()
        } catch {
            if case .storage(let error) = error { throw error }
        }
    }

    private func derive(_ password: Bytes) -> PasswordHash {
        var hash = PasswordHash(rounds: options.passwordRounds, random: random)
        let composed = PasswordForm.composed.write(password, into: scratch)
        var work = hash.withBytes { salt, _ in
            PasswordDerivation(password: composed, salt: salt, rounds: options.passwordRounds)
        }
        while !work.advance(rounds: options.passwordRoundsPerSlice) {}
        hash.key = work.key
        return hash
    }
}

extension Hub {
    fileprivate mutating func create(
        _ first: FirstStart, hash: PasswordHash
    ) throws(HubError) {
        try storing { store throws(StorageError) in
            try store.createCommunity(name: first.communityName, description: .empty)
        }
        let administrator = try register(
            username: NormalForm.composed.write(first.username, into: nameScratch)
                ?? first.username,
            hash: hash, rights: .administrator)
        guard let administrator else { throw .forbidden("There is an administrator already") }
        let channel = try createChannel(
            NewChannel(name: Bytes(FirstStart.channelName)), by: administrator)
        try storing { store throws(StorageError) in try store.setDefaultChannel(channel) }
    }
}
