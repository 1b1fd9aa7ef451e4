import Model
import Storage

/// When chats that wait are catalogued: not while more are coming in, but in the first quiet
/// moment after them; and if there is none for long, all the same. All times are of the clock that
/// does not jump.
struct CataloguePace {
    /// It is quiet when so long nothing was written …
    private static let quiet: Milliseconds = 20
    /// … and nothing waits longer than this for a quiet moment.
    private static let patience: Milliseconds = 10_000

    /// When the next slice is due; nil while too few chats wait.
    private(set) var due: Milliseconds?
    private var deadline: Milliseconds = 0
    private var waiting = 0
    /// How many waited before the slice of the last turn, if there was one.
    private var waitedBefore: Int?
    private var restsUntil = Milliseconds.min

    /// Learns how many chats wait at the end of a turn.
    mutating func observe(waiting now: Int, at time: Milliseconds) {
        defer {
            waiting = now
            waitedBefore = nil
        }
        guard now > 0 else {
            due = nil
            return
        }
        // A slice that gained nothing was undone: a full disk must not keep the loop busy.
        if let waitedBefore, now >= waitedBefore { restsUntil = time + Self.patience }
        if due == nil { deadline = time + Self.patience }
        if due == nil || now > waiting { due = min(time + Self.quiet, deadline) }
        due = max(due ?? time, restsUntil)
    }

    /// A slice was catalogued, for good only if the turn's commit succeeds: the next turn, which
    /// is at once, will see.
    mutating func sliced(leaving rest: Int) {
        waitedBefore = waiting
        waiting = rest
    }
}

extension Hub {
    /// Catalogues a slice of the chats that wait, if it is time to.
    mutating func catalogue(at time: Milliseconds) {
        cataloguePace.observe(waiting: store.chatsToCatalogue, at: time)
        guard let due = cataloguePace.due, due <= time else { return }
        try? store.catalogueSomeWaiting()
        cataloguePace.sliced(leaving: store.chatsToCatalogue)
    }
}
