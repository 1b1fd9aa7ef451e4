import Memory

/// The connections that the end of a turn has to look at. Each is in a list at most once,
/// so the lists never grow past the pool.
struct TurnLists: ~Copyable {
    /// Have something to send, or to go on with.
    var active: FixedList<Handle>
    /// Are to be closed.
    var closed: FixedList<Handle>
    /// Got all they were sent and have input left over: theirs is the next turn.
    var ready: FixedList<Handle>

    init(capacity: Int) {
        active = FixedList(capacity: capacity)
        closed = FixedList(capacity: capacity)
        ready = FixedList(capacity: capacity)
    }

    static func bytes(capacity: Int) -> Int {
        3 * FixedList<Handle>.bytes(capacity: capacity)
    }
}
