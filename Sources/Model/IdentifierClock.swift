/// Makes ids and the server's own time, neither of which ever goes back: not when the
/// board's clock does, and not after a restart, for it starts from the highest id stored.
///
/// An id is the milliseconds since 2021-10-10T12:00:00Z, shifted left by 12 bits, plus a
/// sequence number; it stays below 2^53, exact in JavaScript, until 2091. A clock that says
/// later than 2090 is wrong, and must not use up the numbers: it is taken to say 2090.
public struct IdentifierClock {
    /// 2021-10-10T12:00:00Z.
    public static let epoch: Milliseconds = 1_633_867_200_000
    /// 2090-01-01T00:00:00Z. The ids from there to 2^53 outlast any server.
    public static let latest: Milliseconds = 3_786_912_000_000
    private static let sequenceBits: Int64 = 12

    /// The newest id given out.
    public private(set) var last: Int64

    public init(startingAfter last: Int64) {
        self.last = max(last, 0)
    }

    /// A fresh id, greater than every earlier one.
    public mutating func next(at clock: Milliseconds) -> Int64 {
        let sinceEpoch = max(bounded(clock), IdentifierClock.epoch) - IdentifierClock.epoch
        last = max(sinceEpoch << IdentifierClock.sequenceBits, last + 1)
        return last
    }

    /// The server's time: the clock's, but never before the newest id.
    public func time(at clock: Milliseconds) -> Milliseconds {
        max(bounded(clock), IdentifierClock.epoch + last >> IdentifierClock.sequenceBits)
    }

    private func bounded(_ clock: Milliseconds) -> Milliseconds {
        min(clock, IdentifierClock.latest)
    }
}
