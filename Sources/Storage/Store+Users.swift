import Memory
import Model

/// What every authenticated request is checked against.
public struct Account: Equatable {
    /// A token of another generation is void.
    public var tokenGeneration: Int64
    /// The one token of an earlier generation that is valid all the same.
    public var sparedToken: TokenMark?
    public var chosenStatus: OnlineStatus
}

/// Tells a token from others: the beginning of its SHA-256.
public struct TokenMark: Equatable, BitwiseCopyable, Sendable {
    public let value: Int64

    public init(_ value: Int64) { self.value = value }
}

struct UserStatements {
    let insert: Statement
    let setPassword: Statement
    let revokeTokens: Statement
    let credentialByName: Statement
    let credentialByID: Statement
    let account: Statement
    let byID: Statement
    let after: Statement

    init(_ database: Database) throws(StorageError) {
        insert = try database.prepare(
            """
            INSERT INTO users (id, token_generation, created_at,
                username, nickname, rounds, salt, hash)
            VALUES (?1, 0, ?2, ?3, ?4, ?5, ?6, ?7)
            ON CONFLICT (username) DO NOTHING
            """)
        setPassword = try database.prepare(
            "UPDATE users SET rounds = ?2, salt = ?3, hash = ?4 WHERE id = ?1")
        revokeTokens = try database.prepare(
            """
            UPDATE users SET token_generation = token_generation + 1, spared_token = ?2
            WHERE id = ?1
            """)
        credentialByName = try database.prepare(
            """
            SELECT id, token_generation, rounds, salt, hash FROM users
            WHERE username = ?1 AND removed_at IS NULL
            """)
        credentialByID = try database.prepare(
            """
            SELECT id, token_generation, rounds, salt, hash FROM users
            WHERE id = ?1 AND removed_at IS NULL
            """)
        account = try database.prepare(
            """
            SELECT token_generation, spared_token, chosen_status
            FROM users WHERE id = ?1 AND removed_at IS NULL
            """)
        byID = try database.prepare(
            "SELECT id, username, created_at, nickname, bio, avatar, chosen_status FROM users WHERE id = ?1")
        after = try database.prepare(
            """
            SELECT id, username, created_at, nickname, bio, avatar, chosen_status FROM users
            WHERE id > ?1 ORDER BY id LIMIT ?2
            """)
    }
}

extension Store {
    /// Adds an account. False if the username is taken, which is compared byte by byte.
    public func createUser(
        id: UserID, username: Bytes, nickname: Bytes, createdAt: Milliseconds,
        rounds: Int, salt: Bytes, hash: Bytes
    ) throws(StorageError) -> Bool {
        let statement = userStatements.insert
        statement.bind(1, id.value)
        statement.bind(2, createdAt)
        statement.bind(3, text: username)
        statement.bind(4, text: nickname)
        statement.bind(5, Int64(rounds))
        statement.bind(6, blob: salt)
        statement.bind(7, blob: hash)
        return try change(statement) == 1
    }

    /// Replaces what logins are checked against; tokens stay valid.
    public func setPassword(
        user: UserID, rounds: Int, salt: Bytes, hash: Bytes
    ) throws(StorageError) {
        let statement = userStatements.setPassword
        statement.bind(1, user.value)
        statement.bind(2, Int64(rounds))
        statement.bind(3, blob: salt)
        statement.bind(4, blob: hash)
        try change(statement)
    }

    /// Makes all tokens of a user void, but for one: those to come carry the next generation.
    public func revokeTokens(
        of user: UserID, sparing spared: TokenMark? = nil
    ) throws(StorageError) {
        let statement = userStatements.revokeTokens
        statement.bind(1, user.value)
        statement.bind(2, spared?.value)
        try change(statement)
    }

    public func credential(username: Bytes) throws(StorageError) -> Credential? {
        let statement = userStatements.credentialByName
        statement.bind(1, text: username)
        return try credential(statement)
    }

    public func credential(user: UserID) throws(StorageError) -> Credential? {
        let statement = userStatements.credentialByID
        statement.bind(1, user.value)
        return try credential(statement)
    }

    public func account(_ id: UserID) throws(StorageError) -> Account? {
        let statement = userStatements.account
        statement.bind(1, id.value)
        defer { statement.reset() }
        guard try read(statement) else { return nil }
        return Account(
            tokenGeneration: statement.integer(0),
            sparedToken: statement.optionalInteger(1).map { TokenMark($0) },
            chosenStatus: OnlineStatus(rawValue: statement.integer(2)) ?? .online)
    }

    public func user(_ id: UserID) throws(StorageError) -> User? {
        let statement = userStatements.byID
        statement.bind(1, id.value)
        defer { statement.reset() }
        guard try read(statement) else { return nil }
        var user = User(row: statement)
        userRecord.begin()
        user.username = try userRecord.keep(user.username)
        user.nickname = try userRecord.keep(user.nickname)
        user.bio = try userRecord.keep(user.bio)
        return user
    }

    /// Visits accounts, oldest first, after the one named, until the visitor returns false.
    public func users(
        after: UserID?, limit: Int, _ visit: (User) -> Bool
    ) throws(StorageError) {
        let statement = userStatements.after
        statement.bind(1, after?.value ?? .min)
        statement.bind(2, Int64(limit))
        defer { statement.reset() }
        while try read(statement) {
            guard visit(User(row: statement)) else { return }
        }
    }

    private func credential(_ statement: Statement) throws(StorageError) -> Credential? {
        defer { statement.reset() }
        guard try read(statement) else { return nil }
        credentialRecord.begin()
        return Credential(
            user: UserID(statement.integer(0)),
            rounds: Int(statement.integer(2)),
            salt: try credentialRecord.keep(statement.bytes(3)),
            hash: try credentialRecord.keep(statement.bytes(4)),
            tokenGeneration: statement.integer(1))
    }
}

extension User {
    fileprivate init(row: Statement) {
        self.init(
            id: UserID(row.integer(0)),
            username: row.bytes(1),
            createdAt: row.integer(2),
            nickname: row.bytes(3),
            bio: row.optionalBytes(4),
            avatar: row.optionalInteger(5).map { ImageID($0) },
            chosenStatus: OnlineStatus(rawValue: row.integer(6)) ?? .online)
    }
}
