import Memory
import Model

/// What an event tells.
public enum EventContent {
    /// A message, as it is.
    case message(Bytes)
    /// A chat was sent, perhaps under a nonce (`chat_sent`).
    case chatSent(ChatID, nonce: Bytes?)
    /// A chat was edited (`chat_edited`).
    case chatEdited(ChatID)
}

/// One event as it is stored. What tells of a chat's text names the chat alone: the text is kept where
/// the chat is, and nowhere else, so what was edited or deleted cannot be read in the log.
struct EventRecord {
    var audience: Audience
    var content: EventContent
}

/// The events of a turn on their way into one row: records of successive events, end to end.
/// As a row of their own each, they would cost more than the messages they tell of.
///
/// A record is what kind it is of (1 byte), the audience (8 bytes: a channel's id for those who may see
/// it, its negative for the others, a member's id beside a mark, the lowest number for everyone), the
/// length of what follows (4 bytes), and that: the message, or the chat's id (8 bytes) and its nonce.
/// All integers are little-endian.
struct EventBatch: ~Copyable {
    /// A turn with more than this is written in several rows.
    private static let bytesMin = 64 << 10
    fileprivate static let headBytes = 13
    fileprivate static let chatBytes = 8

    fileprivate enum Kind: UInt8 {
        case message
        case chatSent
        case chatEdited
    }

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
        let isAdded =
            switch record.content {
            case .message(let message): append(.message, record.audience, chat: nil, message)
            case .chatSent(let chat, let nonce):
                append(.chatSent, record.audience, chat: chat, nonce ?? .empty)
            case .chatEdited(let chat): append(.chatEdited, record.audience, chat: chat, .empty)
            }
        guard isAdded else { return false }
        if isEmpty { first = id }
        count += 1
        return true
    }

    private mutating func append(
        _ kind: Kind, _ audience: Audience, chat: ChatID?, _ bytes: Bytes
    ) -> Bool {
        let length = (chat == nil ? 0 : Self.chatBytes) + bytes.count
        guard Self.headBytes + length <= writer.free else { return false }
        writer.append(kind.rawValue)
        writer.append(littleEndian: audience.stored)
        writer.append(littleEndian: UInt32(length))
        if let chat { writer.append(littleEndian: chat.value) }
        writer.append(bytes)
        return true
    }

    mutating func removeAll() {
        writer.removeAll()
        count = 0
    }
}

/// Takes a batch apart again.
struct EventBatchReader {
    private var rest: Bytes

    init(_ batch: Bytes) { rest = batch }

    var isAtEnd: Bool { rest.isEmpty }

    /// - Throws: `damaged` if the batch ends inside a record, or one is of no known kind.
    mutating func next() throws(StorageError) -> EventRecord {
        guard rest.count >= EventBatch.headBytes, let kind = EventBatch.Kind(rawValue: rest[0])
        else { throw .damaged }
        let audience = Audience(stored: Int64(bitPattern: integer(at: 1, bytes: 8)))
        let length = Int(clamping: integer(at: 9, bytes: 4))
        rest = rest.dropFirst(EventBatch.headBytes)
        guard length <= rest.count else { throw .damaged }
        defer { rest = rest.dropFirst(length) }
        return EventRecord(audience: audience, content: try content(kind, length: length))
    }

    private func content(
        _ kind: EventBatch.Kind, length: Int
    ) throws(StorageError) -> EventContent {
        if case .message = kind { return .message(rest.prefix(length)) }
        guard length >= EventBatch.chatBytes else { throw .damaged }
        let chat = ChatID(Int64(bitPattern: integer(at: 0, bytes: EventBatch.chatBytes)))
        guard case .chatSent = kind else { return .chatEdited(chat) }
        let nonce = rest.prefix(length).dropFirst(EventBatch.chatBytes)
        return .chatSent(chat, nonce: nonce.isEmpty ? nil : nonce)
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
        let record = EventRecord(audience: .everyone, content: .message(message.bytes))
        _ = batch.append(id: event, record)
        try execute("DELETE FROM events")
        let insert = try prepare("INSERT INTO events (last, first, records) VALUES (?1, ?1, ?2)")
        insert.bind(1, event)
        insert.bind(2, blob: batch.bytes)
        defer { insert.reset() }
        _ = try insert.step()
    }
}
