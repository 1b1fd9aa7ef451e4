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

    /// 127.0.0.0/8, ::1 or the control socket.
    var isOfThisMachine: Bool {
        switch self {
        case .network(let high, let low): high == 0 && (low == 1 || low >> 24 == 0xFFFF_7F)
        case .controlSocket: true
        }
    }
}
