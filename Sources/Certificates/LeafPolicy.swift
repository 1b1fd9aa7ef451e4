import Memory

/// Why a server's certificate is to be replaced.
public enum RenewalReason {
    /// Less than a third of its life is left.
    case runsOut
    /// It was made when the clock was ahead.
    case notYetValid
    /// The server is reached under a name or an address that it does not hold.
    case newName
}

/// When certificates are valid, and when a server needs another.
public enum LeafPolicy {
    private static let day: Int64 = 86_400

    /// What clients take, and Mozilla advises, at most; more than 398 days they refuse.
    public static let lifetime = 365 * day
    /// A phone's clock may be so much behind, or this machine's ahead.
    static let backdating = 30 * day
    /// It is renewed when less is left.
    static let reserve = lifetime / 3
    static let authorityLifetime = 3_653 * day

    /// 2026-11-01, before which this program was not there: a clock that says less is not set.
    static let programDate: Int64 = 1_793_491_200
    /// 2025-01-01: from when an authority is valid, whatever the clock said when it was made.
    static let authorityStart: Int64 = 1_735_689_600
    /// 2090-01-01: a clock that says more is wrong.
    static let latestDate: Int64 = 3_786_912_000

    /// The present, as far as a board without a battery can know.
    static func present(_ clock: Int64) -> Int64 { min(max(clock, programDate), latestDate) }

    static func authorityValidity(clock: Int64) -> Validity {
        Validity(
            notBefore: authorityStart, notAfter: present(clock) + authorityLifetime)
    }

    /// For a certificate that is made now.
    static func validity(clock: Int64, authority: Validity) -> Validity {
        let start = max(present(clock) - backdating, authority.notBefore)
        return Validity(notBefore: start, notAfter: min(start + lifetime, authority.notAfter))
    }

    /// Whether to replace a certificate, and why.
    /// - Parameter names: what the server is reached under now.
    static func reasonToRenew(
        _ leaf: Certificate, of authority: Certificate, names: borrowing ServedNames, clock: Int64
    ) -> RenewalReason? {
        let now = present(clock)
        let fresh = validity(clock: clock, authority: authority.validity)
        // A clock that is beyond its authority's life is not believed: there is nothing to make.
        let isBelievable = now < authority.validity.notAfter
        if isBelievable, now < leaf.validity.notBefore { return .notYetValid }
        if isBelievable, now > leaf.validity.notAfter - reserve,
            fresh.notAfter >= leaf.validity.notAfter + day
        {
            return .runsOut
        }
        return isBelievable && lacksName(leaf, of: authority, names) ? .newName : nil
    }

    /// A name that its authority may not vouch for does not count.
    private static func lacksName(
        _ leaf: Certificate, of authority: Certificate, _ names: borrowing ServedNames
    ) -> Bool {
        let constraints = NameConstraints(authority.nameConstraints)
        var list = ServedNameList(names.der)
        while let name = list.next() {
            guard constraints.permit(name) else { continue }
            var held = ServedNameList(leaf.alternativeNames)
            var isHeld = false
            while !isHeld, let other = held.next() { isHeld = other.equals(name) }
            if !isHeld { return true }
        }
        return false
    }
}

/// So many renewals at once, then one in a while: a clock or an address that keeps jumping wears
/// nothing out.
public struct RenewalPace {
    private static let burst: Int64 = 4
    private static let interval: Int64 = 15 * 60 * 1_000
    /// When all of the burst is there again, in milliseconds of the monotonic clock.
    private var fullAt: Int64 = .min

    public init() {}

    /// Whether there may be one now; counts it.
    public mutating func take(now: Int64) -> Bool {
        let next = max(fullAt, now)
        guard next - now <= (RenewalPace.burst - 1) * RenewalPace.interval else { return false }
        fullAt = next + RenewalPace.interval
        return true
    }
}
