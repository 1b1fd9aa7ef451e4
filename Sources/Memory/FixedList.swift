/// A list of bounded length in memory that is allocated once.
public struct FixedList<Element: BitwiseCopyable>: ~Copyable {
    private let storage: UnsafeMutablePointer<Element>
    public let capacity: Int
    public private(set) var count = 0

    public init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
        storage = .allocate(capacity: capacity)
    }

    deinit { storage.deallocate() }

    /// Bytes that a list of this capacity takes.
    public static func bytes(capacity: Int) -> Int { capacity * MemoryLayout<Element>.stride }

    public var isFull: Bool { count == capacity }

    public mutating func append(_ element: Element) {
        precondition(count < capacity)
        (storage + count).initialize(to: element)
        count += 1
    }

    public subscript(index: Int) -> Element {
        precondition(index >= 0 && index < count)
        return storage[index]
    }

    public mutating func popLast() -> Element? {
        guard count > 0 else { return nil }
        count -= 1
        return storage[count]
    }

    public mutating func removeAll() { count = 0 }
}
