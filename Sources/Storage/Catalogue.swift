import Memory
import Model

// A message is written to two places only, the chats and the events, both at their ends.
// What finds chats again, by channel, author, thread and word, costs several scattered
// pages per row, and more time than all else that is done for a message. So new chats wait: for a
// quiet moment, or until a listing or a search needs them. They are catalogued in slices, and
// a listing reads the catalogue and the few that wait.

/// How far the catalogue and the text index have come. Chats with higher ids wait; they are
/// found by walking the end of the table.
struct CatalogueMark {
    /// So many waiting chats are catalogued at once. Large, because the text index is the
    /// cheaper the more comes at once; small enough to be written between two messages without
    /// anybody's notice.
    static let slice = 512
    /// No listing minds that so many wait.
    static let few = 256
    /// Beyond this each turn catalogues as many as it adds. Only a machine that takes many thousands
    /// a second, from members without a rate limit, comes so far within the time that any waits
    /// (`CataloguePace`), and such a one makes up for all of them within about two seconds.
    static let waitingMax = 262_144

    private(set) var through: Int64
    /// Chats written since, those included that were deleted again.
    private(set) var waiting: Int
    /// No entry stands above this place.
    var top: Place
    /// Whether those that wait were created in the order of their ids.
    private(set) var isOrdered = false
    private var newestWaiting = Milliseconds.min
    /// From this place on the text index is whole.
    private(set) var indexedFrom: Int64
    /// Catalogued chats below it.
    private(set) var toIndex: Int

    init(_ database: Database) throws(StorageError) {
        through = try database.integer("SELECT catalogued_through FROM state")
        waiting = Int(
            try database.integer(
                """
                SELECT count(*) FROM chats
                WHERE id > (SELECT catalogued_through FROM state)
                """))
        indexedFrom = try database.integer("SELECT indexed_from FROM state")
        toIndex = Int(
            try database.integer(
                """
                SELECT count(*) FROM catalogue WHERE place < (SELECT indexed_from FROM state)
                """))
        top = Place(try database.integer("SELECT coalesce(max(place), 0) FROM catalogue"))
    }

    mutating func addWaiting(createdAt: Milliseconds) {
        waiting += 1
        isOrdered = isOrdered && createdAt >= newestWaiting
        newestWaiting = max(newestWaiting, createdAt)
    }

    /// So many were indexed, down to this place.
    mutating func indexed(from place: Int64, count: Int) {
        indexedFrom = place
        toIndex = max(toIndex - count, place == .min ? 0 : 1)
    }

    /// So many were catalogued, up to this id; fewer than a slice were the last.
    mutating func catchUp(through id: Int64, count: Int) {
        through = id
        waiting = count < Self.slice ? 0 : max(waiting - count, 0)
        guard waiting == 0 else { return }
        isOrdered = true
        newestWaiting = .min
    }
}

/// One line of the catalogue: all that listings narrow by.
struct CatalogueEntry {
    var place: Place
    var id: ChatID
    var channel: ChannelID
    var author: UserID
    var thread: ThreadID?

    init(row: Statement) {
        place = Place(row.integer(0))
        id = ChatID(row.integer(1))
        channel = ChannelID(row.integer(2))
        author = UserID(row.integer(3))
        thread = row.optionalInteger(4).map { ThreadID($0) }
    }
}

struct CatalogueStatements {
    let waiting: Statement
    let waitingUnordered: Statement
    let newestTie: Statement
    let insert: Statement
    let find: Statement
    let delete: Statement
    let setMark: Statement
    let insertText: Statement
    let deleteText: Statement

    init(_ database: Database) throws(StorageError) {
        waiting = try database.prepare(
            """
            SELECT id, created_at, author, channel, thread, edited, content
            FROM chats WHERE id > ?1 ORDER BY id LIMIT ?2
            """)
        // Sorts ids alone (the LIMIT keeps it from sorting whole rows), since texts are long.
        waitingUnordered = try database.prepare(
            """
            SELECT id, created_at, author, channel, thread, edited, content
            FROM (SELECT id AS next
                FROM (SELECT id, created_at FROM chats WHERE id > ?1 ORDER BY id LIMIT ?2)
                ORDER BY created_at, id LIMIT -1)
            CROSS JOIN chats ON id = next
            """)
        newestTie = try database.prepare(
            """
            SELECT place FROM catalogue WHERE place BETWEEN ?1 AND ?2
            ORDER BY place DESC LIMIT 1
            """)
        insert = try database.prepare(
            """
            INSERT INTO catalogue (place, id, channel, author, thread)
            VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (place) DO NOTHING
            """)
        find = try database.prepare(
            "SELECT place FROM catalogue WHERE place BETWEEN ?1 AND ?2 AND id = ?3")
        delete = try database.prepare("DELETE FROM catalogue WHERE place = ?1")
        setMark = try database.prepare("UPDATE state SET catalogued_through = ?1")
        insertText = try database.prepare(
            "INSERT INTO chats_text (rowid, content) VALUES (?1, ?2)")
        deleteText = try database.prepare(
            """
            INSERT INTO chats_text (chats_text, rowid, content)
            VALUES ('delete', ?1, ?2)
            """)
    }
}

extension Store {
    /// The chats that wait, if they are more than a listing does not mind, or it could not have
    /// fewer: time to catalogue a slice of them when there is nothing better to do.
    public var chatsToCatalogue: Int {
        let isWorthIt = catalogued.waiting > CatalogueMark.few || maintenanceIsStuck
        return (isWorthIt ? catalogued.waiting : 0) + catalogued.toIndex
    }

    /// Catalogues a slice of the chats that wait, with what else the turn changes. Where that is
    /// nothing, a failure is no error.
    public func catalogueSomeWaiting() throws(StorageError) {
        try maintain { () throws(StorageError) in
            if catalogued.waiting > 0 { try catalogueSlice() } else { try indexSlice() }
        }
    }

    /// Has at most so many chats wait. False if that takes more than a slice: the rest is for
    /// other turns. Where nothing can be written, or nothing be committed, nobody waits for more.
    func catchUp(to few: Int) throws(StorageError) -> Bool {
        let before = catalogued.waiting
        if before <= few { return true }
        try catalogueSomeWaiting()
        return catalogued.waiting <= few || catalogued.waiting == before || maintenanceIsStuck
    }

    /// Catalogues the oldest of the chats that wait, in the order of their places: whatever
    /// moments clients give, the trees grow at their ends, and the text index takes all as one
    /// (it begins a new segment whenever a row is not above the one before).
    func catalogueSlice() throws(StorageError) {
        try beginChange()
        let waiting = catalogued.isOrdered
            ? catalogueStatements.waiting : catalogueStatements.waitingUnordered
        waiting.bind(1, catalogued.through)
        waiting.bind(2, Int64(CatalogueMark.slice))
        defer { waiting.reset() }
        var last = catalogued.through
        var count = 0
        while try read(waiting) {
            let chat = ChatRecord(row: waiting)
            try addText(chat.content, at: try addToCatalogue(chat))
            last = max(last, chat.id.value)
            count += 1
        }
        let mark = catalogueStatements.setMark
        mark.bind(1, last)
        try change(mark)
        catalogued.catchUp(through: last, count: count)
    }

    /// Takes a catalogued chat out of the catalogue and the text index.
    func removeFromCatalogue(_ chat: ChatRecord) throws(StorageError) {
        guard let place = try place(of: chat) else { return }
        try removeText(chat.content, at: place)
        let statement = catalogueStatements.delete
        statement.bind(1, place.value)
        try change(statement)
    }

    /// Where a catalogued chat stands; nil only if the database is damaged.
    func place(of chat: ChatRecord) throws(StorageError) -> Place? {
        let statement = catalogueStatements.find
        statement.bind(1, Place(firstAt: chat.createdAt).value)
        statement.bind(2, Place(lastAt: chat.createdAt).value)
        statement.bind(3, chat.id.value)
        defer { statement.reset() }
        return try read(statement) ? Place(statement.integer(0)) : nil
    }

    /// What is below the mark is indexed in its turn.
    func addText(_ text: Bytes, at place: Place) throws(StorageError) {
        guard place.value >= catalogued.indexedFrom else { return }
        let statement = catalogueStatements.insertText
        statement.bind(1, place.value)
        statement.bind(2, text: text)
        try change(statement)
    }

    /// The text index keeps no text: it has to be told what it was given.
    func removeText(_ text: Bytes, at place: Place) throws(StorageError) {
        guard place.value >= catalogued.indexedFrom else { return }
        let statement = catalogueStatements.deleteText
        statement.bind(1, place.value)
        statement.bind(2, text: text)
        try change(statement)
    }

    /// Gives a chat the first place of its moment, or the one above those that have it
    /// already: ids grow, so ties are in the order of ids.
    private func addToCatalogue(_ chat: ChatRecord) throws(StorageError) -> Place {
        let place = try freePlace(at: chat.createdAt)
        let statement = catalogueStatements.insert
        statement.bind(1, place.value)
        statement.bind(2, chat.id.value)
        statement.bind(3, chat.channel.value)
        statement.bind(4, chat.author.value)
        statement.bind(5, chat.thread?.value)
        try change(statement)
        catalogued.top = max(catalogued.top, place)
        return place
    }

    private func freePlace(at moment: Milliseconds) throws(StorageError) -> Place {
        let first = Place(firstAt: moment)
        if catalogued.top < first { return first }
        let last = Place(lastAt: moment)
        if catalogued.top <= last { return Place(catalogued.top.value + 1) }
        let statement = catalogueStatements.newestTie
        statement.bind(1, first.value)
        statement.bind(2, last.value)
        defer { statement.reset() }
        return try read(statement) ? Place(statement.integer(0) + 1) : first
    }
}
