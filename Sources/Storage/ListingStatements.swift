import Memory
import Model

/// Where a walk takes its entries from. ?1 and ?2 are the lowest and the highest place,
/// ?3 is what the statement is named after; all columns are those of `CatalogueEntry`.
struct ListingStatements {
    /// The chats that are not catalogued yet (?1: after this id, ?2: of this channel, null: of
    /// all). They come before catalogued ones of the same millisecond: their ids are higher.
    let waiting: Statement
    /// The entry at the place ?1.
    let entry: Statement
    /// The place of the newest chat of a moment (?1 to ?2) whose id is below ?3.
    let below: Statement
    private let all: Statement
    private let byChannel: Statement
    private let byAuthor: Statement
    private let byThread: Statement

    init(_ database: Database) throws(StorageError) {
        waiting = try database.prepare(
            """
            SELECT (created_at - 1633867200000) << 22 | 4194303, id, channel, author, thread
            FROM chats WHERE id > ?1 AND (?2 IS NULL OR channel = ?2)
            ORDER BY created_at DESC, id DESC
            """)
        entry = try database.prepare(
            "SELECT place, id, channel, author, thread FROM catalogue WHERE place = ?1")
        below = try database.prepare(
            """
            SELECT place FROM catalogue WHERE place BETWEEN ?1 AND ?2 AND id < ?3
            ORDER BY place DESC LIMIT 1
            """)
        all = try database.prepare(
            """
            SELECT place, id, channel, author, thread FROM catalogue
            WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC
            """)
        byChannel = try database.prepare(
            """
            SELECT place, id, channel, author, thread
            FROM catalogue INDEXED BY catalogue_by_channel
            WHERE channel = ?3 AND place BETWEEN ?1 AND ?2 ORDER BY place DESC
            """)
        byAuthor = try database.prepare(
            """
            SELECT place, id, channel, author, thread
            FROM catalogue INDEXED BY catalogue_by_author
            WHERE author = ?3 AND place BETWEEN ?1 AND ?2 ORDER BY place DESC
            """)
        byThread = try database.prepare(
            """
            SELECT place, id, channel, author, thread
            FROM catalogue INDEXED BY catalogue_by_thread
            WHERE thread = ?3 AND place BETWEEN ?1 AND ?2 ORDER BY place DESC
            """)
    }

    /// The statement that gives the fewest entries for a filter, with ?3 bound.
    func narrowest(for filter: ChatFilter) -> Statement {
        if case .only(let thread) = filter.thread { return bound(byThread, thread.value) }
        if let channel = filter.channel { return bound(byChannel, channel.value) }
        if let author = filter.author { return bound(byAuthor, author.value) }
        return all
    }

    private func bound(_ statement: Statement, _ key: Int64) -> Statement {
        statement.bind(3, key)
        return statement
    }
}
