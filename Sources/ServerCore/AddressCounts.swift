import Memory

/// How many connections of some kind each address has: filled and read within one call. An open
/// hash table of fixed size, never more than half full.
struct AddressCounts: ~Copyable {
    private struct Entry {
        var address = PeerAddress(high: 0, low: 0)
        var count = 0
        /// The filling that it belongs to.
        var filling: UInt64 = 0
    }

    private let entries: UnsafeMutablePointer<Entry>
    private let capacity: Int
    private let seed: UInt64
    private var filling: UInt64 = 0

    /// `seed` is secret, so that nobody can choose addresses that collide.
    init(connections: Int, seed: UInt64) {
        capacity = 2 * connections
        self.seed = seed
        entries = .allocate(capacity: capacity)
        entries.initialize(repeating: Entry(), count: capacity)
    }

    deinit { entries.deallocate() }

    static func bytes(connections: Int) -> Int { 2 * connections * MemoryLayout<Entry>.stride }

    mutating func clear() { filling += 1 }

    mutating func add(_ address: PeerAddress) {
        let index = place(of: address)
        if entries[index].filling != filling {
            entries[index] = Entry(address: address, count: 0, filling: filling)
        }
        entries[index].count += 1
    }

    func count(of address: PeerAddress) -> Int {
        let entry = entries[place(of: address)]
        return entry.filling == filling ? entry.count : 0
    }

    /// Where the address is, or would be.
    private func place(of address: PeerAddress) -> Int {
        var index = Int(address.hash(seed: seed) % UInt64(capacity))
        while entries[index].filling == filling, entries[index].address != address {
            index = (index + 1) % capacity
        }
        return index
    }
}
