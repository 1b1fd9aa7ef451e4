import Memory
import Model

struct ChatStatements {
    let insert: Statement
    let byID: Statement
    /// The same query for listings and events, so that a visitor may look up other chats.
    let fetch: Statement
    let newestWaiting: Statement
    let newestCatalogued: Statement
    let edit: Statement
    let delete: Statement
    let deleteReactions: Statement
    let raiseHighest: Statement
    let highest: Statement

    init(_ database: Database) throws(StorageError) {
        // A failure voids the turn in any case. If it were to undo this statement alone, SQLite would
        // keep a journal of it.
        insert = try database.prepare(
            """
            INSERT OR ROLLBACK INTO chats (id, created_at, author, channel, thread, edited, content)
            SELECT id, created_at, author, channel, thread, 0, content FROM chat_batch
            """)
        let select: StaticString = """
            SELECT id, created_at, author, channel, thread, edited, content
            FROM chats WHERE id = ?1
            """
        byID = try database.prepare(select)
        fetch = try database.prepare(select)
        newestWaiting = try database.prepare(
            """
            SELECT created_at FROM chats WHERE id > ?1 AND +channel = ?2
            ORDER BY id DESC LIMIT 1
            """)
        newestCatalogued = try database.prepare(
            """
            SELECT place FROM catalogue INDEXED BY catalogue_by_channel
            WHERE channel = ?1 ORDER BY place DESC LIMIT 1
            """)
        edit = try database.prepare(
            "UPDATE chats SET content = ?2, edited = 1 WHERE id = ?1")
        delete = try database.prepare("DELETE FROM chats WHERE id = ?1")
        deleteReactions = try database.prepare("DELETE FROM reactions WHERE chat = ?1")
        raiseHighest = try database.prepare(
            "UPDATE state SET highest_identifier = ?1 WHERE highest_identifier < ?1")
        highest = try database.prepare(
            """
            SELECT max(highest_identifier,
                coalesce((SELECT max(id) FROM users), 0),
                coalesce((SELECT max(id) FROM channels), 0),
                coalesce((SELECT max(id) FROM chats), 0),
                coalesce((SELECT max(id) FROM threads), 0),
                coalesce((SELECT max(id) FROM images), 0),
                coalesce((SELECT max(id) FROM roles), 0))
            FROM state
            """)
    }
}

extension Store {
    /// Adds a message that was not edited yet. Its id is higher than that of every chat before. Two
    /// more things are relied upon when chats are listed (protocol B): `createdAt` is no later than
    /// the moment that the id was made, and no earlier than `earliestCreatedAt` of the channel.
    /// - Throws: `recordTooLong` if the text is longer than `StoreOptions.eventBytesMax` (and 32 KiB).
    public func insertChat(_ chat: ChatRecord) throws(StorageError) {
        precondition(chat.id.value > catalogued.through && !chat.edited)
        try beginChange()
        if !chatBatch.append(chat) {
            try writeChatBatch()
            guard chatBatch.append(chat) else { throw fail(.recordTooLong) }
        }
        knownChannels.raise(chat.channel, to: chat.createdAt)
        catalogued.addWaiting(createdAt: chat.createdAt)
        if catalogued.waiting >= CatalogueMark.waitingMax { try catalogueSlice() }
    }

    /// Makes rows of the chats that were inserted since the last time.
    func writeChatBatch() throws(StorageError) {
        guard !chatBatch.isEmpty else { return }
        try run(chatStatements.insert)
        // Not so if another program has added one with a higher id.
        guard database.lastInsertedID == chatBatch.last else { throw fail(.damaged) }
        chatBatch.removeAll()
    }

    /// The earliest moment that the next chat of a channel may bear: when the last one was
    /// created, or the channel. Nil if there is no such channel.
    public func earliestCreatedAt(
        in channel: ChannelID
    ) throws(StorageError) -> Milliseconds? {
        if let known = knownChannels[channel] { return known }
        guard let createdAt = try self.channel(channel)?.createdAt else { return nil }
        let earliest = max(createdAt, try newestChat(in: channel) ?? createdAt)
        knownChannels.learn(channel, earliest: earliest)
        return earliest
    }

    private func newestChat(
        in channel: ChannelID
    ) throws(StorageError) -> Milliseconds? {
        let waiting = chatStatements.newestWaiting
        waiting.bind(1, catalogued.through)
        waiting.bind(2, channel.value)
        defer { waiting.reset() }
        if try read(waiting) { return waiting.integer(0) }

        let indexed = chatStatements.newestCatalogued
        indexed.bind(1, channel.value)
        defer { indexed.reset() }
        return try read(indexed) ? Place(indexed.integer(0)).createdAt : nil
    }

    public func chat(_ id: ChatID) throws(StorageError) -> ChatRecord? {
        let statement = chatStatements.byID
        statement.bind(1, id.value)
        defer { statement.reset() }
        guard try read(statement) else { return nil }
        var chat = ChatRecord(row: statement)
        chatRecord.begin()
        chat.content = try chatRecord.keep(chat.content)
        return chat
    }

    /// Replaces the text of a chat, which counts as edited from then on. False if there is no
    /// such chat.
    public func editChat(_ id: ChatID, content: Bytes) throws(StorageError) -> Bool {
        let old = chatStatements.fetch
        old.bind(1, id.value)
        defer { old.reset() }
        guard try read(old) else { return false }
        if id.value <= catalogued.through {
            let chat = ChatRecord(row: old)
            if let place = try place(of: chat) {
                try removeText(chat.content, at: place)
                try addText(content, at: place)
            }
        }
        let statement = chatStatements.edit
        statement.bind(1, id.value)
        statement.bind(2, text: content)
        try change(statement)
        return true
    }

    /// Removes a chat and its reactions. False if there is no such chat.
    public func deleteChat(_ id: ChatID) throws(StorageError) -> Bool {
        let old = chatStatements.fetch
        old.bind(1, id.value)
        defer { old.reset() }
        guard try read(old) else { return false }
        let chat = ChatRecord(row: old)
        knownChannels.forget(chat.channel)
        try raiseHighestIdentifier(to: id.value)
        chatStatements.deleteReactions.bind(1, id.value)
        try change(chatStatements.deleteReactions)
        chatStatements.delete.bind(1, id.value)
        try change(chatStatements.delete)
        if id.value <= catalogued.through { try removeFromCatalogue(chat) }
        return true
    }

    /// The highest id that was ever given out: new ones must be higher, whatever has been
    /// deleted since and whatever the clock says.
    public func highestIdentifier() throws(StorageError) -> Int64 {
        let statement = chatStatements.highest
        defer { statement.reset() }
        return try read(statement) ? statement.integer(0) : 0
    }

    /// Remembers an id whose row is about to go.
    func raiseHighestIdentifier(to id: Int64) throws(StorageError) {
        let statement = chatStatements.raiseHighest
        statement.bind(1, id)
        try change(statement)
    }
}

extension ChatRecord {
    init(row: Statement) {
        self.init(
            id: ChatID(row.integer(0)),
            createdAt: row.integer(1),
            author: UserID(row.integer(2)),
            channel: ChannelID(row.integer(3)),
            thread: row.optionalInteger(4).map { ThreadID($0) },
            content: row.bytes(6),
            edited: row.integer(5) != 0)
    }
}
