import Memory
import Model

/// One event as it is stored.
struct EventRecord {
    var audience: Audience
    var payload: Bytes
}

/// The events of a turn on their way into one row: records of successive events, end to end.
/// As a row of their own each, they would cost more than the messages they tell of.
///
/// A record is the payload's length (4 bytes), the audience (8 bytes: a channel's id for those who
/// may see it, its negative for the others, the lowest number for everyone), both
/// little-endian, and the payload.
struct EventBatch: ~Copyable {
    /// A turn with more than this is written in several rows.
    private static let bytesMin = 64 << 10
    fileprivate static let headBytes = 12

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
        guard Self.headBytes + record.payload.count <= writer.free else { return false }
        append(UInt64(record.payload.count), bytes: 4)
        append(UInt64(bitPattern: record.audience.stored), bytes: 8)
        writer.append(record.payload)
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
        let audience = Int64(bitPattern: integer(at: 4, bytes: 8))
        rest = rest.dropFirst(EventBatch.headBytes)
        guard length <= rest.count else { throw .damaged }
        defer { rest = rest.dropFirst(length) }
        return EventRecord(
            audience: Audience(stored: audience),
            payload: rest.prefix(length))
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

    fileprivate init(stored: Int64) {
        self =
            stored == Self.everyoneStored
            ? .everyone
            : stored < 0 ? .nonViewers(ChannelID(-stored)) : .viewers(ChannelID(stored))
    }

    fileprivate var stored: Int64 {
        switch self {
        case .everyone: Self.everyoneStored
        case .viewers(let channel): channel.value
        case .nonViewers(let channel): -channel.value
        }
    }
}
