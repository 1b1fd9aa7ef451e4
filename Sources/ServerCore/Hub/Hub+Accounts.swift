import ConcordProtocol
import Crypto
import JSON
import Memory
import Model
import Storage

// What members change about their accounts, how accounts end, and how new ones are invited.
extension Hub {
    mutating func changeProfile(of id: UserID, _ change: ProfileChange) throws(HubError) {
        try reserve(events: 1)
        let user = try storing { store throws(StorageError) in try store.user(id) }
        guard let user else { throw .notFound("There is no such user") }
        let nickname = change.nickname ?? user.nickname
        let bio = change.bio.applied(to: user.bio)
        try judge(nickname: nickname, of: user)
        guard nickname != user.nickname || !isSame(bio, user.bio) else { return }
        try storing { store throws(StorageError) in
            try store.setProfile(of: id, nickname: nickname, bio: bio)
        }
        try announceProfile(of: id)
    }

    private func isSame(_ left: Bytes?, _ right: Bytes?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return left == right
    }

    /// Chooses what others see while the member is connected; they are told if that changes.
    mutating func setStatus(of id: UserID, to status: OnlineStatus) throws(HubError) {
        let account = try storing { store throws(StorageError) in try store.account(id) }
        guard let account, account.chosenStatus != status else { return }
        try storing { store throws(StorageError) in try store.setStatus(of: id, to: status) }
        if presence.isOnline(id) { announce(id) }
    }

    /// Replaces a password, unless it was replaced meanwhile: then false. All tokens but the one
    /// spared are void.
    mutating func changePassword(
        of user: UserID, replacing replaced: Digest32?, with hash: PasswordHash,
        sparing spared: TokenMark?
    ) throws(HubError) -> Bool {
        try storing { store throws(StorageError) in
            guard let current = try store.credential(user: user) else { return false }
            if let replaced,
                !replaced.withBytes({ constantTimeEqual($0, current.hash) })
            {
                return false
            }
            try hash.withBytes { salt, key throws(StorageError) in
                try store.setPassword(user: user, rounds: hash.rounds, salt: salt, hash: key)
            }
            try store.revokeTokens(of: user, sparing: spared)
            return true
        }
    }

    mutating func revokeTokens(of user: UserID) throws(HubError) {
        try storing { store throws(StorageError) in try store.revokeTokens(of: user) }
    }

    /// Ends an account and tells everyone (`user_left`). The last administrator's stays.
    mutating func removeUser(_ id: UserID) throws(HubError) {
        try reserve(events: 1)
        let now = now
        try changingAdministrators { store throws(StorageError) in
            try store.removeUser(id, at: now)
        }
        try broadcastStored(to: .everyone) { json, event in json.userLeft(id, event: event) }
    }

    // MARK: - Invites

    /// Returns when the invite expires.
    mutating func createInvite(
        _ code: InviteCode, _ new: NewInvite, by user: UserID
    ) throws(HubError) -> Milliseconds {
        try check(.createInvites, of: user)
        let count = try storing { store throws(StorageError) in try store.inviteCount() }
        guard count < Limits.invitesMax else {
            throw .forbidden("There are as many invites as this server keeps")
        }
        let now = now
        let expiresAt = now + new.validForSeconds * 1_000
        try code.withBytes { text throws(HubError) in
            try storing { store throws(StorageError) in
                let invite = Invite(
                    code: text, uses: new.uses, expiresAt: expiresAt, createdBy: user)
                try store.createInvite(invite, at: now)
            }
        }
        return expiresAt
    }

    /// One's own invite, or any for those who manage users.
    mutating func removeInvite(_ code: Bytes, by user: UserID) throws(HubError) {
        let invite = try storing { store throws(StorageError) in try store.invite(code) }
        let managesUsers = try rights(of: user).allows(.manageUsers)
        let maySee = managesUsers || invite?.createdBy == user
        guard invite != nil, maySee else { throw .notFound("There is no such invite") }
        try storing { store throws(StorageError) in try store.deleteInvite(code) }
    }

    /// Whether an account may be made by this invite.
    mutating func holds(_ code: Bytes?) throws(HubError) -> Bool {
        guard let code else { return false }
        let now = now
        let invite = try storing { store throws(StorageError) in try store.invite(code) }
        guard let invite else { return false }
        return invite.uses > 0 && invite.expiresAt > now
    }
}
