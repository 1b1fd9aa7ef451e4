import Memory
import Model

struct AccountStatements {
    let setProfile: Statement
    let setAvatar: Statement
    let setStatus: Statement
    let remove: Statement
    let removeInvites: Statement
    let purge: Statement
    let oldest: Statement

    init(_ database: Database) throws(StorageError) {
        setProfile = try database.prepare(
            "UPDATE users SET nickname = ?2, bio = ?3 WHERE id = ?1")
        setAvatar = try database.prepare("UPDATE users SET avatar = ?2 WHERE id = ?1")
        setStatus = try database.prepare("UPDATE users SET chosen_status = ?2 WHERE id = ?1")
        remove = try database.prepare(
            """
            UPDATE users SET removed_at = ?2, nickname = '(removed)', bio = NULL, avatar = NULL,
                salt = x'', hash = x'', token_generation = token_generation + 1,
                spared_token = NULL
            WHERE id = ?1
            """)
        removeInvites = try database.prepare("DELETE FROM invites WHERE created_by = ?1")
        purge = try database.prepare(
            """
            DELETE FROM users WHERE id = ?1 AND removed_at IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM catalogue WHERE author = ?1)
                AND NOT EXISTS (SELECT 1 FROM chats WHERE id > ?2 AND +author = ?1)
                AND NOT EXISTS (SELECT 1 FROM reactions WHERE user = ?1)
            """)
        oldest = try database.prepare("SELECT min(id) FROM users")
    }
}

/// What members change about their accounts, and how accounts end.
extension Store {
    public func setProfile(
        of user: UserID, nickname: Bytes, bio: Bytes?
    ) throws(StorageError) {
        let statement = accountStatements.setProfile
        statement.bind(1, user.value)
        statement.bind(2, text: nickname)
        statement.bind(3, text: bio)
        try change(statement)
    }

    public func setAvatar(of user: UserID, to image: ImageID?) throws(StorageError) {
        let statement = accountStatements.setAvatar
        statement.bind(1, user.value)
        statement.bind(2, image?.value)
        try change(statement)
    }

    public func setStatus(
        of user: UserID, to status: OnlineStatus
    ) throws(StorageError) {
        let statement = accountStatements.setStatus
        statement.bind(1, user.value)
        statement.bind(2, status.rawValue)
        try change(statement)
    }

    /// Ends an account: nothing is left by which to log in, act, or be recognised. It vanishes
    /// where none of its chats or reactions is left, else it stays under its username.
    public func removeUser(_ id: UserID, at now: Milliseconds) throws(StorageError) {
        try raiseHighestIdentifier(to: id.value)
        if let avatar = try user(id)?.avatar { try deleteImage(avatar) }
        let statement = accountStatements.remove
        statement.bind(1, id.value)
        statement.bind(2, now)
        try change(statement)
        try removeRoles(of: id)
        try removeRights(of: id.value)
        accountStatements.removeInvites.bind(1, id.value)
        try change(accountStatements.removeInvites)
        try purgeRemovedUser(id)
    }

    /// Forgets a removed account of which nothing is left to see.
    public func purgeRemovedUser(_ id: UserID) throws(StorageError) {
        let statement = accountStatements.purge
        statement.bind(1, id.value)
        statement.bind(2, catalogued.through)
        try change(statement)
    }

    /// The account that the server was set up with.
    public func oldestUser() throws(StorageError) -> UserID? {
        let statement = accountStatements.oldest
        defer { statement.reset() }
        return try read(statement) ? statement.optionalInteger(0).map { UserID($0) } : nil
    }
}
