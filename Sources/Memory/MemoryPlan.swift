/// Everything that the server allocates, as a list of sums: made from the settings before
/// anything is allocated, printed at start, and compared with what the board has.
public struct MemoryPlan {
    public struct Entry {
        public let name: StaticString
        public let count: Int
        public let bytesEach: Int
        public var bytes: Int64 { Int64(count) * Int64(bytesEach) }
    }

    private static let entriesMax = 24
    private var entries = InlineArray<24, Entry>(repeating: Entry(name: "", count: 0, bytesEach: 0))
    public private(set) var count = 0

    public init() {}

    public mutating func add(_ name: StaticString, count: Int = 1, bytesEach: Int) {
        precondition(self.count < MemoryPlan.entriesMax)
        entries[self.count] = Entry(name: name, count: count, bytesEach: bytesEach)
        self.count += 1
    }

    public subscript(index: Int) -> Entry {
        precondition(index >= 0 && index < count)
        return entries[index]
    }

    /// The sum in bytes: 64 bits, as settings may ask for more than a small board can address.
    public var total: Int64 {
        var sum: Int64 = 0
        for index in 0..<count { sum += entries[index].bytes }
        return sum
    }
}
