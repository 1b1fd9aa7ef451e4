import Memory
import Model

struct EventStatements {
    let append: Statement
    let newest: Statement
    let oldest: Statement
    let after: Statement
    let trim: Statement

    init(_ database: Database) throws(StorageError) {
        append = try database.prepare(
            "INSERT INTO events (last, first, records) VALUES (?1, ?2, ?3)")
        newest = try database.prepare("SELECT max(last) FROM events")
        oldest = try database.prepare("SELECT first FROM events ORDER BY last LIMIT 1")
        after = try database.prepare(
            "SELECT first, records FROM events WHERE last > ?1 ORDER BY last")
        trim = try database.prepare(
            """
            DELETE FROM events
            WHERE last <= ?1 AND last < (SELECT min(last) FROM events) + ?2
            """)
    }
}

/// An event of the log, with what is in the chats now.
public struct StoredEvent {
    public enum Message {
        case whole(Bytes)
        /// A chat was sent, perhaps under a nonce.
        case chatSent(ChatRecord, nonce: Bytes?)
        case chatEdited(ChatRecord)
        /// It told of a chat that is deleted since.
        case gone
    }

    public var id: Int64
    public var audience: Audience
    public var message: Message
}

/// The log of events from which returning clients catch up.
extension Store {
    /// Old events are dropped when so many have come, and about four times as many at once.
    private static let trimStep: Int64 = 64

    /// Appends an event for an audience. Ids grow by one. Events beyond the retention are dropped in
    /// small steps now and then.
    /// - Throws: `recordTooLong` if a message is longer than `StoreOptions.eventBytesMax`.
    public func appendEvent(
        id: Int64, audience: Audience, _ content: EventContent
    ) throws(StorageError) {
        try beginChange()
        if case .message(let message) = content, message.count > options.eventBytesMax {
            throw fail(.recordTooLong)
        }
        let record = EventRecord(audience: audience, content: content)
        if eventBatch.append(id: id, record) { return }
        try writeEventBatch()
        let fits = eventBatch.append(id: id, record)
        precondition(fits, "an empty batch takes any event")
    }

    /// The id of the last event, 0 before the first.
    public func newestEvent() throws(StorageError) -> Int64 {
        if !eventBatch.isEmpty { return eventBatch.last }
        let statement = eventStatements.newest
        defer { statement.reset() }
        return try read(statement) ? statement.integer(0) : 0
    }

    /// The id of the oldest event that is still kept; 1 if there is none.
    public func oldestEvent() throws(StorageError) -> Int64 {
        let statement = eventStatements.oldest
        defer { statement.reset() }
        return try read(statement) ? statement.integer(0) : 1
    }

    /// Visits up to `limit` events after an id, in order, until the visitor returns false.
    public func events(
        after id: Int64, limit: Int, _ visit: (StoredEvent) -> Bool
    ) throws(StorageError) {
        let statement = eventStatements.after
        statement.bind(1, id)
        defer { statement.reset() }
        var remaining = limit
        func visitBatch(first: Int64, _ records: Bytes) throws(StorageError) -> Bool {
            var reader = EventBatchReader(records)
            var next = first
            while !reader.isAtEnd {
                let event = try reader.next()
                if next > id {
                    guard remaining > 0, try show(event, next, visit) else { return false }
                    remaining -= 1
                }
                next += 1
            }
            return remaining > 0
        }
        while try read(statement) {
            let isWanted = try visitBatch(first: statement.integer(0), statement.bytes(1))
            guard isWanted else { return }
        }
        if !eventBatch.isEmpty { _ = try visitBatch(first: eventBatch.first, eventBatch.bytes) }
    }

    private func show(
        _ record: EventRecord, _ id: Int64, _ visit: (StoredEvent) -> Bool
    ) throws(StorageError) -> Bool {
        let statement = chatStatements.fetch
        defer { statement.reset() }
        func present(
            _ id: ChatID, _ message: (ChatRecord) -> StoredEvent.Message
        ) throws(StorageError) -> StoredEvent.Message {
            statement.bind(1, id.value)
            return try read(statement) ? message(ChatRecord(row: statement)) : .gone
        }
        let message =
            switch record.content {
            case .message(let message): StoredEvent.Message.whole(message)
            case .chatSent(let chat, let nonce):
                try present(chat) { .chatSent($0, nonce: nonce) }
            case .chatEdited(let chat): try present(chat) { .chatEdited($0) }
            }
        return visit(StoredEvent(id: id, audience: record.audience, message: message))
    }

    /// Makes a row of the events that were appended since the last one.
    func writeEventBatch() throws(StorageError) {
        guard !eventBatch.isEmpty else { return }
        let (first, last) = (eventBatch.first, eventBatch.last)
        let statement = eventStatements.append
        statement.bind(1, last)
        statement.bind(2, first)
        statement.bind(3, blob: eventBatch.bytes)
        try change(statement)
        eventBatch.removeAll()
        if (first - 1) / Self.trimStep != last / Self.trimStep {
            try trimEvents(newest: last, count: last - first + 1)
        }
    }

    /// Rows go as a whole, and at least one does: so even the largest are caught up with.
    private func trimEvents(newest: Int64, count: Int64) throws(StorageError) {
        let statement = eventStatements.trim
        statement.bind(1, newest - Int64(options.eventRetention))
        statement.bind(2, 4 * max(Self.trimStep, count))
        try change(statement)
        try forgetDeletedChannels()
    }
}
