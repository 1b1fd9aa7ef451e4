import Memory
import Model

struct ThreadStatements {
    let insert: Statement
    let byID: Statement
    let bySource: Statement
    let after: Statement
    let deleteOfChannel: Statement

    init(_ database: Database) throws(StorageError) {
        insert = try database.prepare(
            """
            INSERT INTO threads (id, source_chat, channel, creator, created_at, name)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """)
        byID = try database.prepare(
            """
            SELECT id, source_chat, channel, creator, created_at, name
            FROM threads WHERE id = ?1
            """)
        bySource = try database.prepare("SELECT 1 FROM threads WHERE source_chat = ?1")
        after = try database.prepare(
            """
            SELECT id, source_chat, channel, creator, created_at, name
            FROM threads WHERE channel = ?1 AND id > ?2 ORDER BY id
            """)
        deleteOfChannel = try database.prepare("DELETE FROM threads WHERE channel = ?1")
    }
}

extension Store {
    public func createThread(_ thread: ThreadRecord) throws(StorageError) {
        let statement = threadStatements.insert
        statement.bind(1, thread.id.value)
        statement.bind(2, thread.sourceChat.value)
        statement.bind(3, thread.channel.value)
        statement.bind(4, thread.creator.value)
        statement.bind(5, thread.createdAt)
        statement.bind(6, text: thread.name)
        try change(statement)
    }

    public func thread(_ id: ThreadID) throws(StorageError) -> ThreadRecord? {
        let statement = threadStatements.byID
        statement.bind(1, id.value)
        defer { statement.reset() }
        guard try step(statement) else { return nil }
        var thread = ThreadRecord(row: statement)
        threadRecord.begin()
        thread.name = try threadRecord.keep(thread.name)
        return thread
    }

    public func hasThread(_ chat: ChatID) throws(StorageError) -> Bool {
        let statement = threadStatements.bySource
        statement.bind(1, chat.value)
        defer { statement.reset() }
        return try read(statement)
    }

    /// Visits the threads of a channel, oldest first, after the one named, until the visitor
    /// returns false.
    public func threads(
        in channel: ChannelID, after: ThreadID?, _ visit: (ThreadRecord) -> Bool
    ) throws(StorageError) {
        let statement = threadStatements.after
        statement.bind(1, channel.value)
        statement.bind(2, after?.value ?? .min)
        defer { statement.reset() }
        while try read(statement) {
            guard visit(ThreadRecord(row: statement)) else { return }
        }
    }

    func deleteThreads(in channel: ChannelID) throws(StorageError) {
        let statement = threadStatements.deleteOfChannel
        statement.bind(1, channel.value)
        try change(statement)
    }
}

extension ThreadRecord {
    fileprivate init(row: Statement) {
        self.init(
            id: ThreadID(row.integer(0)), sourceChat: ChatID(row.integer(1)),
            channel: ChannelID(row.integer(2)), creator: UserID(row.integer(3)),
            createdAt: row.integer(4), name: row.bytes(5))
    }
}
