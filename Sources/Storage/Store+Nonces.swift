import Memory
import Model

struct NonceStatements {
    let find: Statement
    let remember: Statement
    let forget: Statement

    init(_ database: Database) throws(StorageError) {
        find = try database.prepare(
            "SELECT chat FROM nonces WHERE author = ?1 AND nonce = ?2 AND created_at > ?3")
        remember = try database.prepare(
            """
            INSERT INTO nonces (author, nonce, chat, created_at) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET chat = excluded.chat, created_at = excluded.created_at
            """)
        forget = try database.prepare(
            """
            DELETE FROM nonces WHERE (author, nonce) IN (
                SELECT author, nonce FROM nonces WHERE created_at <= ?1
                ORDER BY created_at LIMIT ?2)
            """)
    }
}

/// What senders called their chats, so that one sent again is not stored again (protocol C3).
extension Store {
    /// For how long a nonce is remembered.
    public static let nonceLifetime: Milliseconds = 24 * 3_600_000

    /// The chat that an author has sent under a nonce lately.
    public func chat(
        by author: UserID, nonce: Bytes, at now: Milliseconds
    ) throws(StorageError) -> ChatID? {
        let statement = nonceStatements.find
        statement.bind(1, author.value)
        statement.bind(2, text: nonce)
        statement.bind(3, now - Self.nonceLifetime)
        defer { statement.reset() }
        return try step(statement) ? ChatID(statement.integer(0)) : nil
    }

    /// Those whose time is over are looked for so seldom: that costs more than to remember one.
    private static let forgettingInterval: Milliseconds = 600_000
    /// And then forgotten a few at a time: more than come.
    private static let forgottenAtOnce = 8

    /// Remembers a chat's nonce.
    public func rememberNonce(
        _ nonce: Bytes, of chat: ChatRecord, at now: Milliseconds
    ) throws(StorageError) {
        let statement = nonceStatements.remember
        statement.bind(1, chat.author.value)
        statement.bind(2, text: nonce)
        statement.bind(3, chat.id.value)
        statement.bind(4, now)
        try run(statement)
        if now >= nextForgetting { try forgetNonces(at: now) }
    }

    private func forgetNonces(at now: Milliseconds) throws(StorageError) {
        let statement = nonceStatements.forget
        statement.bind(1, now - Self.nonceLifetime)
        statement.bind(2, Int64(Self.forgottenAtOnce))
        if try run(statement) < Self.forgottenAtOnce {
            nextForgetting = now + Self.forgettingInterval
        }
    }
}
