import Memory

struct MarkStatements {
    let value: Statement
    let set: Statement
    let touch: Statement

    init(_ database: Database) throws(StorageError) {
        value = try database.prepare("SELECT value FROM marks WHERE name = ?1")
        touch = try database.prepare(
            "INSERT OR REPLACE INTO probe (one, filler) VALUES (1, zeroblob(32768))")
        set = try database.prepare(
            """
            INSERT INTO marks (name, value) VALUES (?1, ?2)
            ON CONFLICT DO UPDATE SET value = excluded.value
            """)
    }
}

/// High-water marks of the settings: what was stored under larger limits must still find room
/// after they were lowered.
extension Store {
    /// Raises a mark, durably at once, and returns the highest value it ever had. Asked while
    /// the server starts, not inside a turn.
    public func raiseMark(
        _ name: StaticString, to value: Int64
    ) throws(StorageError) -> Int64 {
        precondition(!hasUncommittedChanges)
        if let stored = try mark(name), stored >= value { return stored }
        let statement = markStatements.set
        statement.bind(1, text: Bytes(name))
        statement.bind(2, value)
        do throws(StorageError) {
            try change(statement)
        } catch {
            rollback()
            throw error
        }
        try commit()
        return value
    }

    /// A change without an effect, to see whether a message can be stored: it takes as many pages as
    /// the longest one and what comes with it.
    public func touch() throws(StorageError) { try change(markStatements.touch) }

    func mark(_ name: StaticString) throws(StorageError) -> Int64? {
        let statement = markStatements.value
        statement.bind(1, text: Bytes(name))
        defer { statement.reset() }
        return try read(statement) ? statement.integer(0) : nil
    }
}
