import Memory
import Model

/// So many per time, with a burst of as many at once: the generic cell rate algorithm, whose
/// whole state is one time, the "theoretical arrival time" of the next event.
public struct Rate {
    /// Milliseconds that one event pays for; 0 means no limit.
    let interval: Milliseconds
    let burst: Int64

    /// `count` events in `period` milliseconds; none of them: no limit.
    public init(_ count: Int, per period: Milliseconds) {
        burst = Int64(max(count, 0))
        interval = count > 0 ? max(period / Int64(count), 1) : 0
    }

    func scaled(by factor: Int) -> Rate {
        interval == 0 ? self : Rate(Int(burst) * factor, per: interval * burst)
    }

    /// nil if the event is within the rate, and counts it; else the milliseconds to wait.
    func charge(_ arrival: inout Milliseconds, now: Milliseconds) -> Milliseconds? {
        guard interval > 0 else { return nil }
        let next = max(arrival, now)
        let wait = next - (burst - 1) * interval - now
        guard wait <= 0 else { return wait }
        arrival = next + interval
        return nil
    }
}

/// Where a peer is, as limits see it.
public enum PeerAddress: Equatable {
    /// An IPv4 address, or the /64 that one IPv6 host owns.
    case network(high: UInt64, low: UInt64)
    /// The control socket in the data folder. Whoever is let in there is the operator: the owner
    /// of the data, who needs no token and whom no limit holds up.
    case controlSocket

    /// From the 16 bytes of an IPv6 address, IPv4 in its mapped form (RFC 4291 §2.5.5.2).
    public init(high: UInt64, low: UInt64) {
        let isMappedIPv4 = high == 0 && low >> 32 == 0xFFFF
        self = .network(high: high, low: isMappedIPv4 || high == 0 ? low : 0)
    }

    func hash(seed: UInt64) -> UInt64 {
        guard case .network(let high, let low) = self else { return seed }
        var hash = (high ^ seed) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ low ^ hash >> 29) &* 0xBF58_476D_1CE4_E5B9
        return hash ^ hash >> 32
    }

    /// 127.0.0.0/8, ::1 or the control socket.
    var isOfThisMachine: Bool {
        switch self {
        case .network(let high, let low): high == 0 && (low == 1 || low >> 24 == 0xFFFF_7F)
        case .controlSocket: true
        }
    }
}

/// What each address has spent, in a fixed table. When it is full, the address in the
/// neighbourhood that has been quiet for longest is forgotten.
struct AddressLimits: ~Copyable {
    enum Kind: Int {
        case message, login, registration, connection, forgery
    }

    private struct Entry {
        var address = PeerAddress(high: 0, low: 0)
        var arrivals = InlineArray<5, Milliseconds>(repeating: 0)

        var quietSince: Milliseconds {
            max(max(arrivals[0], arrivals[1], arrivals[2]), arrivals[3], arrivals[4])
        }
    }

    private static let probes = 8
    private let entries: UnsafeMutablePointer<Entry>
    private let capacity: Int
    private let seed: UInt64

    /// `seed` is secret, so that nobody can choose addresses that collide.
    init(capacity: Int, seed: UInt64) {
        precondition(capacity >= AddressLimits.probes)
        self.capacity = capacity
        self.seed = seed
        entries = .allocate(capacity: capacity)
        entries.initialize(repeating: Entry(), count: capacity)
    }

    deinit { entries.deallocate() }

    static func bytes(capacity: Int) -> Int { capacity * MemoryLayout<Entry>.stride }

    /// Counts one event; the milliseconds to wait if it is over the rate.
    mutating func charge(
        _ kind: Kind, by address: PeerAddress, at rate: Rate, now: Milliseconds
    ) -> Milliseconds? {
        guard let slot = slot(for: address) else { return nil }
        return rate.charge(&entries[slot].arrivals[kind.rawValue], now: now)
    }

    /// The same without counting.
    mutating func wait(
        _ kind: Kind, of address: PeerAddress, at rate: Rate, now: Milliseconds
    ) -> Milliseconds? {
        guard let slot = slot(for: address) else { return nil }
        var arrival = entries[slot].arrivals[kind.rawValue]
        return rate.charge(&arrival, now: now)
    }

    /// nil for the operator, who has no limits.
    private func slot(for address: PeerAddress) -> Int? {
        guard address != .controlSocket else { return nil }
        let start = Int(address.hash(seed: seed) % UInt64(capacity))
        var quietest = start
        for probe in 0..<AddressLimits.probes {
            let index = (start + probe) % capacity
            if entries[index].address == address { return index }
            if entries[index].quietSince < entries[quietest].quietSince { quietest = index }
        }
        entries[quietest] = Entry(address: address)
        return quietest
    }
}
