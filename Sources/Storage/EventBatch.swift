import Memory
import Model

/// Where the text of a chat stands in an event's message: a JSON string.
public struct TextPlace {
    public var chat: ChatID
    public var range: Range<Int>

    public init(chat: ChatID, range: Range<Int>) {
        self.chat = chat
        self.range = range
    }
}

/// One event as it is stored: its message, but for the text of the chat that it tells of. That is
/// kept where the chat is, and there alone: what was edited or deleted must not be read in the log.
struct EventRecord {
    var audience: Audience
    /// The message up to the text of the chat; all of it if there is none.
    var before: Bytes
    var chat: ChatID?
    var after: Bytes
}

extension EventRecord {
    init(audience: Audience, message: Bytes, text: TextPlace? = nil) {
        guard let text else {
            self.init(audience: audience, before: message, chat: nil, after: .empty)
            return
        }
        self.init(
            audience: audience, before: message.prefix(text.range.lowerBound), chat: text.chat,
            after: message.dropFirst(text.range.upperBound))
    }
}

/// The events of a turn on their way into one row: records of successive events, end to end.
/// As a row of their own each, they would cost more than the messages they tell of.
///
/// A record is the length of the message without the chat's text and of the part before it (4 bytes
/// each), the audience (8 bytes: a channel's id for those who may see it, its negative for the others,
/// a member's id beside a mark, the lowest number for everyone), the chat's id (8 bytes, 0 for none),
/// all little-endian, and the message.
struct EventBatch: ~Copyable {
    /// A turn with more than this is written in several rows.
    private static let bytesMin = 64 << 10
    fileprivate static let headBytes = 24

    private let memory: MutableBytes
    private var writer: ByteWriter
    /// The id of the first event; of no meaning while there is none.
    private(set) var first: Int64 = 0
    private(set) var count: Int64 = 0

    init(payloadBytesMax: Int) {
        memory = .allocate(Self.capacity(payloadBytesMax: payloadBytesMax))
        writer = ByteWriter(memory)
    }

    deinit { memory.base.deallocate() }

    /// The memory of a batch that takes at least one event of any length.
    static func capacity(payloadBytesMax: Int) -> Int {
        max(bytesMin, headBytes + payloadBytesMax)
    }

    var isEmpty: Bool { count == 0 }
    var last: Int64 { first + count - 1 }
    /// The records, as they are stored.
    var bytes: Bytes { writer.bytes }

    /// False, and nothing added, if there is no room for this event. Ids grow by one.
    mutating func append(id: Int64, _ record: EventRecord) -> Bool {
        precondition(isEmpty || id == last + 1, "events are numbered without a gap")
        let length = record.before.count + record.after.count
        guard Self.headBytes + length <= writer.free else { return false }
        append(UInt64(length), bytes: 4)
        append(UInt64(record.before.count), bytes: 4)
        append(UInt64(bitPattern: record.audience.stored), bytes: 8)
        append(UInt64(bitPattern: record.chat?.value ?? 0), bytes: 8)
        writer.append(record.before)
        writer.append(record.after)
        if isEmpty { first = id }
        count += 1
        return true
    }

    mutating func removeAll() {
        writer.removeAll()
        count = 0
    }

    private mutating func append(_ value: UInt64, bytes: UInt64) {
        for index in 0..<bytes {
            writer.append(UInt8(truncatingIfNeeded: value >> (8 * index)))
        }
    }
}

/// Takes a batch apart again.
struct EventBatchReader {
    private var rest: Bytes

    init(_ batch: Bytes) { rest = batch }

    var isAtEnd: Bool { rest.isEmpty }

    /// - Throws: `damaged` if the batch ends inside a record.
    mutating func next() throws(StorageError) -> EventRecord {
        guard rest.count >= EventBatch.headBytes else { throw .damaged }
        let length = Int(integer(at: 0, bytes: 4))
        let split = Int(integer(at: 4, bytes: 4))
        let audience = Int64(bitPattern: integer(at: 8, bytes: 8))
        let chat = Int64(bitPattern: integer(at: 16, bytes: 8))
        rest = rest.dropFirst(EventBatch.headBytes)
        guard split <= length, length <= rest.count else { throw .damaged }
        let message = rest.prefix(length)
        rest = rest.dropFirst(length)
        return EventRecord(
            audience: Audience(stored: audience), before: message.prefix(split),
            chat: chat == 0 ? nil : ChatID(chat), after: message.dropFirst(split))
    }

    private func integer(at offset: Int, bytes: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in (0..<bytes).reversed() {
            value = value << 8 | UInt64(rest[offset + index])
        }
        return value
    }
}

extension Audience {
    private static let everyoneStored = Int64.min
    /// Beyond every id (`IdentifierClock`).
    private static let memberMark: Int64 = 1 << 60

    fileprivate init(stored: Int64) {
        if stored == Self.everyoneStored {
            self = .everyone
        } else if stored < 0 {
            self = .nonViewers(ChannelID(-stored))
        } else if stored < Self.memberMark {
            self = .viewers(ChannelID(stored))
        } else {
            self = .member(UserID(stored - Self.memberMark))
        }
    }

    fileprivate var stored: Int64 {
        switch self {
        case .everyone: Self.everyoneStored
        case .viewers(let channel): channel.value
        case .nonViewers(let channel): -channel.value
        case .member(let user): Self.memberMark + user.value
        }
    }
}

extension Database {
    /// Begins the log anew: whoever comes back reads everything afresh.
    func restartEvents(at event: Int64) throws(StorageError) {
        let memory = MutableBytes.allocate(64)
        defer { memory.base.deallocate() }
        var message = ByteWriter(memory)
        message.append("{\"type\":\"resync_required\",\"eventId\":")
        message.appendDecimal(event)
        message.append("}")
        var batch = EventBatch(payloadBytesMax: message.count)
        _ = batch.append(id: event, EventRecord(audience: .everyone, message: message.bytes))
        try execute("DELETE FROM events")
        let insert = try prepare("INSERT INTO events (last, first, records) VALUES (?1, ?1, ?2)")
        insert.bind(1, event)
        insert.bind(2, blob: batch.bytes)
        defer { insert.reset() }
        _ = try insert.step()
    }
}
