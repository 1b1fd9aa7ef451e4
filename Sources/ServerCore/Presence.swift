import Memory
import Model

/// How many connections each member has open: a fixed hash table with linear probing.
struct Presence: ~Copyable {
    private struct Entry {
        var user: Int64 = 0
        var connections: Int32 = 0
    }

    private let entries: UnsafeMutablePointer<Entry>
    private let capacity: Int

    /// `connections` bounds the members that can be online at once; half the table stays empty.
    init(connections: Int) {
        capacity = 2 * connections
        entries = .allocate(capacity: capacity)
        entries.initialize(repeating: Entry(), count: capacity)
    }

    deinit { entries.deallocate() }

    static func bytes(capacity: Int) -> Int { 2 * capacity * MemoryLayout<Entry>.stride }

    func isOnline(_ user: UserID) -> Bool { entries[slot(of: user)].connections > 0 }

    /// Counts a new connection; true if it is the member's first.
    mutating func connect(_ user: UserID) -> Bool {
        let slot = slot(of: user)
        entries[slot].user = user.value
        entries[slot].connections += 1
        return entries[slot].connections == 1
    }

    /// Counts a connection off; true if it was the member's last.
    mutating func disconnect(_ user: UserID) -> Bool {
        let slot = slot(of: user)
        precondition(entries[slot].connections > 0)
        entries[slot].connections -= 1
        guard entries[slot].connections == 0 else { return false }
        closeGap(at: slot)
        return true
    }

    /// Where the member is, or would be.
    private func slot(of user: UserID) -> Int {
        var slot = home(of: user.value)
        while entries[slot].connections > 0, entries[slot].user != user.value {
            slot = (slot + 1) % capacity
        }
        return slot
    }

    private func home(of user: Int64) -> Int {
        let hash = UInt64(bitPattern: user) &* 0x9E37_79B9_7F4A_7C15
        return Int((hash >> 32) % UInt64(capacity))
    }

    /// Moves later entries of the same run forward, so that no probe ends before its entry.
    private mutating func closeGap(at emptied: Int) {
        var gap = emptied
        var next = (gap + 1) % capacity
        while entries[next].connections > 0 {
            let home = home(of: entries[next].user)
            let distanceFromHome = (next - home + capacity) % capacity
            let distanceFromGap = (next - gap + capacity) % capacity
            if distanceFromHome >= distanceFromGap {
                entries[gap] = entries[next]
                entries[next] = Entry()
                gap = next
            }
            next = (next + 1) % capacity
        }
        entries[gap] = Entry()
    }
}
