import Memory
import Model

// The text index of data from before is made anew in slices, newest first. What it does not know yet a search
// looks through text by text.
struct TextIndexStatements {
    let sliceEnd: Statement
    let slice: Statement
    let setMark: Statement

    init(_ database: Database) throws(StorageError) {
        sliceEnd = try database.prepare(
            """
            SELECT min(place), count(*) FROM (
                SELECT place FROM catalogue WHERE place < ?1 ORDER BY place DESC LIMIT ?2)
            """)
        slice = try database.prepare(
            """
            SELECT place, content FROM catalogue CROSS JOIN chats ON chats.id = catalogue.id
            WHERE place BETWEEN ?1 AND ?2 ORDER BY place
            """)
        setMark = try database.prepare("UPDATE state SET indexed_from = ?1")
    }
}

extension Store {
    /// Indexes the newest texts that are not yet, in the order of their places.
    func indexSlice() throws(StorageError) {
        guard catalogued.toIndex > 0 else { return }
        try beginChange()
        let end = textIndexStatements.sliceEnd
        end.bind(1, catalogued.indexedFrom)
        end.bind(2, Int64(CatalogueMark.slice))
        let hasMore = try read(end)
        let (bottom, count) = (end.optionalInteger(0), end.integer(1))
        end.reset()
        let top = catalogued.indexedFrom - 1
        guard hasMore, let bottom else { return try setIndexed(from: .min, count: .max) }
        try setIndexed(from: bottom, count: Int(count))
        let slice = textIndexStatements.slice
        slice.bind(1, bottom)
        slice.bind(2, top)
        defer { slice.reset() }
        while try read(slice) {
            try addText(slice.bytes(1), at: Place(slice.integer(0)))
        }
    }

    private func setIndexed(from place: Int64, count: Int) throws(StorageError) {
        let mark = textIndexStatements.setMark
        mark.bind(1, place)
        try change(mark)
        catalogued.indexed(from: place, count: count)
    }
}
