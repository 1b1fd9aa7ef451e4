import Memory
import Model

/// What rates are held against.
protocol RateKey: Equatable {
    /// What is counted: raw values from 0 up to `RateTable.kindsMax`.
    associatedtype Kind: RawRepresentable where Kind.RawValue == Int

    /// Fills entries that nobody has used.
    static var unused: Self { get }
    /// No rate holds it up.
    var isExempt: Bool { get }
    /// `seed` is secret, so that nobody can choose keys that collide.
    func hash(seed: UInt64) -> UInt64
}

/// What each key has spent, in a fixed table. When it is full, the key in the neighbourhood that
/// has been quiet for longest is forgotten.
struct RateTable<Key: RateKey>: ~Copyable {
    typealias Kind = Key.Kind

    private struct Entry {
        var key = Key.unused
        var arrivals = InlineArray<5, Milliseconds>(repeating: 0)

        var quietSince: Milliseconds {
            max(max(arrivals[0], arrivals[1], arrivals[2]), arrivals[3], arrivals[4])
        }
    }

    private static var probes: Int { 8 }
    private let entries: UnsafeMutablePointer<Entry>
    private let capacity: Int
    private let seed: UInt64

    init(capacity: Int, seed: UInt64) {
        precondition(capacity >= Self.probes)
        self.capacity = capacity
        self.seed = seed
        entries = .allocate(capacity: capacity)
        entries.initialize(repeating: Entry(), count: capacity)
    }

    deinit { entries.deallocate() }

    static func bytes(capacity: Int) -> Int { capacity * MemoryLayout<Entry>.stride }

    /// Counts one event; the milliseconds to wait if it is over the rate.
    mutating func charge(
        _ kind: Kind, by key: Key, at rate: Rate, now: Milliseconds
    ) -> Milliseconds? {
        guard let slot = slot(for: key) else { return nil }
        return rate.charge(&entries[slot].arrivals[kind.rawValue], now: now)
    }

    /// The same without counting.
    mutating func wait(
        _ kind: Kind, of key: Key, at rate: Rate, now: Milliseconds
    ) -> Milliseconds? {
        guard let slot = slot(for: key) else { return nil }
        var arrival = entries[slot].arrivals[kind.rawValue]
        return rate.charge(&arrival, now: now)
    }

    /// nil for whoever is exempt.
    private func slot(for key: Key) -> Int? {
        guard !key.isExempt else { return nil }
        let start = Int(key.hash(seed: seed) % UInt64(capacity))
        var quietest = start
        for probe in 0..<Self.probes {
            let index = (start + probe) % capacity
            if entries[index].key == key { return index }
            if entries[index].quietSince < entries[quietest].quietSince { quietest = index }
        }
        entries[quietest] = Entry(key: key)
        return quietest
    }
}

typealias AddressLimits = RateTable<PeerAddress>
typealias MemberLimits = RateTable<UserID>

extension PeerAddress: RateKey {
    enum Kind: Int {
        case message, login, registration, connection, forgery
    }

    static var unused: PeerAddress { PeerAddress(high: 0, low: 0) }
    /// The operator has no limits.
    var isExempt: Bool { self == .controlSocket }
}

extension UserID: RateKey {
    enum Kind: Int {
        /// Whatever is stored or told to others.
        case change
        /// What is told and not stored: that somebody types.
        case mark
        /// Searches, and lists that take more than one piece.
        case search
    }

    static var unused: UserID { UserID(0) }
    var isExempt: Bool { false }

    func hash(seed: UInt64) -> UInt64 { mixed(UInt64(bitPattern: value), 0, seed: seed) }
}

/// Spreads 128 bits over 64.
private func mixed(_ high: UInt64, _ low: UInt64, seed: UInt64) -> UInt64 {
    var hash = (high ^ seed) &* 0x9E37_79B9_7F4A_7C15
    hash = (hash ^ low ^ hash >> 29) &* 0xBF58_476D_1CE4_E5B9
    return hash ^ hash >> 32
}

extension PeerAddress {
    func hash(seed: UInt64) -> UInt64 {
        guard case .network(let high, let low) = self else { return seed }
        return mixed(high, low, seed: seed)
    }
}
