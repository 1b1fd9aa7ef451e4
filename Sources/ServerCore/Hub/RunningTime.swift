import Model

/// How long the server has run in its life, in seconds: what the lifetime of tokens is counted
/// in, since it never jumps. The store keeps it now and then; what a crash takes back since then
/// lengthens the life of the tokens of that time by as much, and no more.
struct RunningTime {
    /// Kept along with something else, as soon as so much is new …
    private static let keepsAfter: Int64 = 600
    /// … and by itself when so much is, on a server that nobody writes to.
    private static let keepsAloneAfter: Int64 = 3_600

    private(set) var seconds: Int64
    private(set) var kept: Int64
    private let atStart: Int64
    private var startedAt: Milliseconds?

    init(continuingFrom kept: Int64) {
        seconds = kept
        self.kept = kept
        atStart = kept
    }

    /// Follows the clock that does not jump.
    mutating func advance(to monotonic: Milliseconds) {
        let start = startedAt ?? monotonic
        startedAt = start
        seconds = max(seconds, atStart + (monotonic - start) / 1_000)
    }

    func isToBeKept(withChanges: Bool) -> Bool {
        seconds - kept >= (withChanges ? RunningTime.keepsAfter : RunningTime.keepsAloneAfter)
    }

    /// So much is durable.
    mutating func wasKept(_ seconds: Int64) { kept = seconds }
}
