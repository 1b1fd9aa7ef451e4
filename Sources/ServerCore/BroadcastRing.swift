import Memory
import Model
import WebSocket

/// The live stream: finished WebSocket frames, one behind the other, in one fixed ring of
/// bytes. Positions count bytes since the start and never wrap, so that comparing two is
/// plain arithmetic. Frames are whole, hence a reader that knows one boundary can walk to
/// the next by the frames' own headers.
///
/// Invariants: `oldest <= published <= end <= oldest + capacity`. Bytes before `published`
/// are durable and may be sent; those behind it wait for the commit of their turn.
struct BroadcastRing: ~Copyable {
    typealias Position = UInt64

    /// The first byte that is still there. It may lie inside a frame.
    private(set) var oldest: Position = 0
    /// The end of what may be sent: always a boundary between frames.
    private(set) var published: Position = 0
    /// The end of what was appended.
    private(set) var end: Position = 0

    private var unpublishedFrames = 0
    /// Frames that are not for everyone.
    private(set) var restricted = RestrictedFrames()

    private let storage: MutableBytes
    private let mask: UInt64

    /// `capacity` must be a power of two.
    init(capacity: Int) {
        precondition(capacity > 0 && capacity & (capacity - 1) == 0)
        storage = .allocate(capacity)
        mask = UInt64(capacity - 1)
    }

    deinit { storage.base.deallocate() }

    var capacity: Int { storage.count }

    /// The position up to which the bytes are lost once `length` more have been appended, of them
    /// so many frames that are not for everyone.
    func oldest(afterAppending length: Int, restricted frames: Int = 0) -> Position {
        let newEnd = end + UInt64(length)
        let kept = newEnd > UInt64(capacity) ? newEnd - UInt64(capacity) : 0
        return max(oldest, kept, restricted.oldestEnd(afterAppending: frames))
    }

    /// Appends one text frame. What it overwrites must have no reader left (`oldest(afterAppending:)`).
    mutating func append(text payload: Bytes, to audience: Audience = .everyone) {
        let length = FrameEncoder.headerLength(payload: payload.count) + payload.count
        precondition(length <= capacity && end + UInt64(length) - published <= UInt64(capacity))
        let isRestricted = audience != .everyone
        oldest = oldest(afterAppending: length, restricted: isRestricted ? 1 : 0)
        if isRestricted {
            restricted.append(
                RestrictedFrames.Entry(
                    start: end, end: end + UInt64(length), audience: audience))
        }
        unpublishedFrames += 1
        var header = HeaderScratch()
        header.withWriter { writer in
            FrameEncoder.writeHeader(.text, payload: payload.count, into: &writer)
            copy(writer.bytes)
        }
        copy(payload)
    }

    /// True if a frame with such a payload still fits behind what waits for the commit.
    func hasRoom(forPayload count: Int) -> Bool {
        guard restricted.count(from: published) < RestrictedFrames.capacity else { return false }
        let length = FrameEncoder.headerLength(payload: count) + count
        return end + UInt64(length) - published <= UInt64(capacity)
    }

    /// All that was appended becomes visible: its turn is durable. Returns how many frames.
    @discardableResult
    mutating func publish() -> Int {
        defer { unpublishedFrames = 0 }
        published = end
        return unpublishedFrames
    }

    /// Takes back what was appended since the last `publish`: its turn was rolled back.
    mutating func discardUnpublished() {
        end = published
        unpublishedFrames = 0
        restricted.removeAll(from: published)
    }

    /// The bytes from `start` to `limit` in one piece, or in two where they pass the ring's end.
    func pieces(from start: Position, to limit: Position) -> (Bytes, Bytes) {
        precondition(start >= oldest && start <= limit && limit <= published)
        let offset = Int(start & mask)
        let length = Int(limit - start)
        let first = min(length, capacity - offset)
        let bytes = storage.bytes
        return (bytes[offset..<offset + first], bytes[0..<length - first])
    }

    /// The end of the frame in which `position` lies, or `position` itself if it is a boundary.
    /// `boundary` is any frame boundary at or before it that is still in the ring.
    func frameEnd(at position: Position, from boundary: Position) -> Position {
        precondition(boundary >= oldest && position <= published)
        var frame = boundary
        while frame < position { frame += UInt64(frameLength(at: frame)) }
        return frame
    }

    private func frameLength(at position: Position) -> Int {
        var header = HeaderScratch()
        let available = min(HeaderScratch.capacity, Int(end - position))
        return header.withWriter { writer in
            for index in 0..<available {
                writer.append(storage[Int((position + UInt64(index)) & mask)])
            }
            return FrameEncoder.frameLength(headerAt: writer.bytes)
        }
    }

    private mutating func copy(_ source: Bytes) {
        let offset = Int(end & mask)
        let first = min(source.count, capacity - offset)
        storage.copy(source.prefix(first), at: offset)
        storage.copy(source.dropFirst(first), at: 0)
        end += UInt64(source.count)
    }
}

/// Room for the longest server frame header (RFC 6455 §5.2: 2 + 8 bytes, no mask) on the stack.
struct HeaderScratch {
    static let capacity = 10
    private var storage: InlineArray<10, UInt8> = InlineArray(repeating: 0)

    mutating func withWriter<Result>(_ body: (inout ByteWriter) -> Result) -> Result {
        withUnsafeMutableBytes(of: &storage) { memory in
            let base = memory.baseAddress!.assumingMemoryBound(to: UInt8.self)
            var writer = ByteWriter(MutableBytes(base: base, count: HeaderScratch.capacity))
            return body(&writer)
        }
    }
}
