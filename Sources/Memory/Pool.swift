/// Names a slot of a pool: its index and the generation of its present use, so that
/// a handle kept past the slot's release is recognised instead of misread.
public struct Handle: Equatable, BitwiseCopyable {
    public let index: UInt32
    public let generation: UInt32

    @inline(__always)
    public init(index: UInt32, generation: UInt32) {
        self.index = index
        self.generation = generation
    }

    /// The handle as 64 bits, for epoll's user data.
    @inline(__always)
    public init(raw: UInt64) {
        index = UInt32(truncatingIfNeeded: raw)
        generation = UInt32(truncatingIfNeeded: raw >> 32)
    }

    @inline(__always)
    public var raw: UInt64 { UInt64(generation) << 32 | UInt64(index) }
}

/// A fixed number of elements, allocated once. Slots are reused last in, first out,
/// so that a server with few clients touches few pages.
public struct Pool<Element: ~Copyable>: ~Copyable {
    private let elements: UnsafeMutablePointer<Element>
    /// Odd while the slot is in use, even while it is free.
    private let generations: UnsafeMutablePointer<UInt32>
    private let freeIndices: UnsafeMutablePointer<UInt32>
    private var freeCount = 0
    /// Slots from here on were never used.
    private var firstUnused = 0
    public let capacity: Int
    public private(set) var count = 0
    public private(set) var highWaterMark = 0

    public init(capacity: Int) {
        precondition(capacity > 0 && capacity < Int(Int32.max))
        self.capacity = capacity
        elements = .allocate(capacity: capacity)
        generations = .allocate(capacity: capacity)
        generations.initialize(repeating: 0, count: capacity)
        freeIndices = .allocate(capacity: capacity)
    }

    deinit {
        for index in 0..<firstUnused where generations[index] & 1 == 1 {
            (elements + index).deinitialize(count: 1)
        }
        elements.deallocate()
        generations.deallocate()
        freeIndices.deallocate()
    }

    /// Bytes that a pool of this capacity takes.
    public static func bytes(capacity: Int) -> Int {
        capacity * (MemoryLayout<Element>.stride + 2 * MemoryLayout<UInt32>.stride)
    }

    /// Moves `element` into a free slot; nil when there is none.
    public mutating func insert(_ element: consuming Element) -> Handle? {
        let index: Int
        if freeCount > 0 {
            freeCount -= 1
            index = Int(freeIndices[freeCount])
        } else if firstUnused < capacity {
            index = firstUnused
            firstUnused += 1
        } else {
            return nil
        }
        (elements + index).initialize(to: element)
        generations[index] &+= 1
        count += 1
        highWaterMark = max(highWaterMark, count)
        return Handle(index: UInt32(index), generation: generations[index])
    }

    public mutating func remove(_ handle: Handle) {
        precondition(contains(handle))
        let index = Int(handle.index)
        (elements + index).deinitialize(count: 1)
        generations[index] &+= 1
        freeIndices[freeCount] = handle.index
        freeCount += 1
        count -= 1
    }

    @inline(__always)
    public func contains(_ handle: Handle) -> Bool {
        Int(handle.index) < capacity && handle.generation & 1 == 1
            && generations[Int(handle.index)] == handle.generation
    }

    /// The element in place. The handle must be alive: `contains` is for those that may not be.
    @inline(__always)
    public subscript(handle: Handle) -> UnsafeMutablePointer<Element> {
        precondition(contains(handle))
        return elements + Int(handle.index)
    }

    /// The handle of the slot's present use, nil while it is free.
    @inline(__always)
    public func handle(at index: Int) -> Handle? {
        precondition(index >= 0 && index < capacity)
        let generation = generations[index]
        guard generation & 1 == 1 else { return nil }
        return Handle(index: UInt32(index), generation: generation)
    }

    /// One past the highest index that was ever in use: the bound for a walk over all slots.
    public var usedBound: Int { firstUnused }
}
