import Memory

/// The readers of the broadcast ring: one small record per open WebSocket, side by side,
/// so that a broadcast walks straight through memory.
struct Subscribers: ~Copyable {
    struct Subscriber {
        /// The next byte to send.
        var cursor: BroadcastRing.Position
        /// The end of the frame that `cursor` lies in; `cursor` itself between two frames,
        /// the only place where a private frame may go out.
        var frameEnd: BroadcastRing.Position
        var connection: Handle
    }

    private let storage: UnsafeMutablePointer<Subscriber>
    private let capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        storage = .allocate(capacity: capacity)
    }

    deinit { storage.deallocate() }

    static func bytes(capacity: Int) -> Int { capacity * MemoryLayout<Subscriber>.stride }

    /// Returns the new subscriber's place, which changes when an earlier one leaves.
    mutating func add(_ connection: Handle, at position: BroadcastRing.Position) -> Int {
        precondition(count < capacity)
        (storage + count).initialize(
            to: Subscriber(cursor: position, frameEnd: position, connection: connection))
        count += 1
        return count - 1
    }

    /// Removes the one at `place`; the last takes its place. Returns who moved, if any did.
    mutating func remove(_ place: Int) -> Handle? {
        precondition(place >= 0 && place < count)
        count -= 1
        guard place < count else { return nil }
        storage[place] = storage[count]
        return storage[place].connection
    }

    @inline(__always)
    subscript(place: Int) -> UnsafeMutablePointer<Subscriber> {
        precondition(place >= 0 && place < count)
        return storage + place
    }
}
