import Model

/// How long the server has run in its life, in seconds: what the lifetime of tokens is counted
/// in, since it never jumps. The store keeps it now and then; what a crash takes back since then
/// lengthens the life of the tokens of that time by as much, and no more: an hour of use, or a time
/// in which nobody showed a token. For a server that nobody uses writes nothing.
struct RunningTime {
    /// Kept along with something else, as soon as so much is new …
    private static let keepsAfter: Int64 = 600
    /// … and by itself when so much is and somebody shows a token, which may be all that is done.
    private static let keepsAloneAfter: Int64 = 3_600

    private(set) var seconds: Int64
    private(set) var kept: Int64
    private let atStart: Int64
    private var startedAt: Milliseconds?
    /// A token was shown in this turn.
    private var isInUse = false

    init(continuingFrom kept: Int64) {
        seconds = kept
        self.kept = kept
        atStart = kept
    }

    /// Follows the clock that does not jump, at the beginning of a turn.
    mutating func advance(to monotonic: Milliseconds) {
        isInUse = false
        let start = startedAt ?? monotonic
        startedAt = start
        seconds = max(seconds, atStart + (monotonic - start) / 1_000)
    }

    /// The lifetime of a token was asked about.
    mutating func noteUse() { isInUse = true }

    func isToBeKept(withChanges: Bool) -> Bool {
        let new = seconds - kept
        return withChanges
            ? new >= RunningTime.keepsAfter : isInUse && new >= RunningTime.keepsAloneAfter
    }

    /// So much is durable.
    mutating func wasKept(_ seconds: Int64) { kept = seconds }
}
