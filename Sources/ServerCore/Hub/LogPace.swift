import Model
import Storage

/// When the database's log is moved into its file, some megabytes for which everyone waits: once
/// there is enough of it, in the first quiet moment. All times are of the clock that does not jump.
struct LogPace {
    /// It is quiet when so long nothing was committed.
    private static let quiet: Milliseconds = 20

    /// When the log is to be moved; nil while there is too little of it.
    private(set) var due: Milliseconds?
    private var pages = 0

    /// Learns how long the log is at the end of a turn.
    mutating func observe(pages now: Int, at time: Milliseconds) {
        defer { pages = now }
        if now < Store.logPagesEnough {
            due = nil
        } else if now != pages {
            due = time + Self.quiet
        }
    }
}

extension Hub {
    /// Moves the log if it is time to. What fails is tried again after another commit.
    mutating func moveLog(at time: Milliseconds) {
        logPace.observe(pages: store.logPages, at: time)
        guard let due = logPace.due, due <= time else { return }
        try? store.checkpoint()
        logPace.observe(pages: store.logPages, at: time)
    }
}
