import Memory
import Model

/// A walk over catalogue entries, newest first, merged from those already catalogued
/// and the few that wait.
///
/// A listing that finds little could walk for long, and everybody would wait. So a walk
/// goes no further than `entriesMax` entries, to be taken up from there in another turn.
struct ChatWalk {
    static let entriesMax = 4096

    var catalogued = EntryStream()
    var waiting = EntryStream()
    private var steps = 0

    var mustPause: Bool { steps >= Self.entriesMax }

    /// The newest entry that was not given out yet.
    mutating func next(_ store: Store) throws(StorageError) -> CatalogueEntry? {
        steps += 1
        guard let first = waiting.head else { return try catalogued.take(store) }
        if let other = catalogued.head, other.place > first.place {
            return try catalogued.take(store)
        }
        return try waiting.take(store)
    }

    /// Resets the statements.
    func end() {
        catalogued.end()
        waiting.end()
    }
}

/// The rows of a statement as entries, one ahead; empty before it is started.
struct EntryStream {
    private var statement: Statement?
    private(set) var head: CatalogueEntry?

    /// Takes a statement that is bound and not yet stepped.
    mutating func start(_ statement: Statement, _ store: Store) throws(StorageError) {
        self.statement = statement
        try advance(store)
    }

    mutating func take(_ store: Store) throws(StorageError) -> CatalogueEntry? {
        guard let head else { return nil }
        try advance(store)
        return head
    }

    func end() { statement?.reset() }

    private mutating func advance(_ store: Store) throws(StorageError) {
        guard let statement else { return }
        head = try store.read(statement) ? CatalogueEntry(row: statement) : nil
    }
}
