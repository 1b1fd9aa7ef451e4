import Memory
import Model

struct ReactionStatements {
    let add: Statement
    let remove: Statement
    let counts: Statement
    let users: Statement

    init(_ database: Database) throws(StorageError) {
        add = try database.prepare(
            """
            INSERT INTO reactions (chat, reaction, user, sequence)
            VALUES (?1, ?2, ?3,
                (SELECT coalesce(max(sequence), 0) + 1 FROM reactions WHERE chat = ?1))
            ON CONFLICT DO NOTHING
            """)
        remove = try database.prepare(
            "DELETE FROM reactions WHERE chat = ?1 AND reaction = ?2 AND user = ?3")
        counts = try database.prepare(
            """
            SELECT reaction, count(*) FROM reactions WHERE chat = ?1
            GROUP BY reaction ORDER BY min(sequence)
            """)
        users = try database.prepare(
            """
            SELECT user FROM reactions WHERE chat = ?1 AND reaction = ?2 ORDER BY sequence
            """)
    }
}

extension Store {
    /// Gives or withdraws a member's reaction to a chat. False if it stood so already.
    public func setReaction(
        chat: ChatID, user: UserID, reaction: Bytes, present: Bool
    ) throws(StorageError) -> Bool {
        let statement = present ? reactionStatements.add : reactionStatements.remove
        statement.bind(1, chat.value)
        statement.bind(2, text: reaction)
        statement.bind(3, user.value)
        return try change(statement) == 1
    }

    /// Visits the reactions to a chat in the order of their first use (as far as it still
    /// stands), until the visitor returns false. May be asked inside a listing of chats.
    public func reactionCounts(
        of chat: ChatID, _ visit: (ReactionCount) -> Bool
    ) throws(StorageError) {
        let statement = reactionStatements.counts
        statement.bind(1, chat.value)
        defer { statement.reset() }
        while try read(statement) {
            let count = ReactionCount(
                reaction: statement.bytes(0), count: Int(statement.integer(1)))
            guard visit(count) else { return }
        }
    }

    /// Visits the members who chose one reaction, first come first, until the visitor returns
    /// false. May be asked inside a visit of `reactionCounts`.
    public func reactingUsers(
        of chat: ChatID, reaction: Bytes, _ visit: (UserID) -> Bool
    ) throws(StorageError) {
        let statement = reactionStatements.users
        statement.bind(1, chat.value)
        statement.bind(2, text: reaction)
        defer { statement.reset() }
        while try read(statement) {
            guard visit(UserID(statement.integer(0))) else { return }
        }
    }
}
