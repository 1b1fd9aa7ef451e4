/// Equal byte buffers that connections borrow while they have something unfinished.
/// Memory is reserved at start and touched only as far as it is used.
public struct SlotPool: ~Copyable {
    /// Names a borrowed buffer; whoever holds it releases it, once.
    public struct Slot: Equatable {
        public let index: UInt16

        fileprivate init(index: UInt16) { self.index = index }
    }

    private let storage: MutableBytes
    private let freeIndices: UnsafeMutablePointer<UInt16>
    private var freeCount: Int
    public let slotBytes: Int
    public let capacity: Int
    public private(set) var highWaterMark = 0

    public init(capacity: Int, slotBytes: Int) {
        precondition(capacity > 0 && capacity <= Int(UInt16.max))
        self.capacity = capacity
        self.slotBytes = slotBytes
        storage = .allocate(capacity * slotBytes)
        freeIndices = .allocate(capacity: capacity)
        freeCount = capacity
        for index in 0..<capacity { freeIndices[index] = UInt16(capacity - 1 - index) }
    }

    deinit {
        storage.base.deallocate()
        freeIndices.deallocate()
    }

    public static func bytes(capacity: Int, slotBytes: Int) -> Int {
        capacity * (slotBytes + MemoryLayout<UInt16>.stride)
    }

    public var count: Int { capacity - freeCount }
    public var isExhausted: Bool { freeCount == 0 }

    public mutating func acquire() -> Slot? {
        guard freeCount > 0 else { return nil }
        freeCount -= 1
        highWaterMark = max(highWaterMark, count)
        return Slot(index: freeIndices[freeCount])
    }

    public mutating func release(_ slot: Slot) {
        precondition(freeCount < capacity)
        freeIndices[freeCount] = slot.index
        freeCount += 1
    }

    @inline(__always)
    public subscript(slot: Slot) -> MutableBytes {
        let start = Int(slot.index) * slotBytes
        return storage[start..<start + slotBytes]
    }
}
