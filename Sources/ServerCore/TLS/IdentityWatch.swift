import Memory
import Model

/// Looks now and then whether the server needs another identity: names, addresses and the clock
/// change without a word.
public struct IdentityWatch {
    private static let interval: Milliseconds = 15_000

    private let renewIfNeeded: (TurnTime) -> Bool
    private(set) var isDueAt: Milliseconds = 0

    /// - Parameter renewIfNeeded: makes another identity if there is reason to; true if there is
    ///   one that is to be read.
    public init(renewIfNeeded: @escaping (TurnTime) -> Bool) { self.renewIfNeeded = renewIfNeeded }

    /// The next look is due at once.
    mutating func hurry() { isDueAt = 0 }

    /// True if a new identity is to be read.
    mutating func look(at time: TurnTime) -> Bool {
        guard time.monotonic >= isDueAt else { return false }
        isDueAt = time.monotonic + IdentityWatch.interval
        return renewIfNeeded(time)
    }
}
