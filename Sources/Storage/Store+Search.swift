import Memory
import Model

// Searches: the text index names candidates, newest first, and their texts decide.
extension Store {
    /// Steps of the index, and bytes of texts, that one turn has for a search.
    private static let workMax = ChatWalk.entriesMax
    private static let bytesPerStep = 16

    /// Goes on with a search. See `chats`.
    func search(
        _ query: Bytes, _ filter: ChatFilter, after position: ChatPosition?, skip: Int, limit: Int,
        isVisible: (ChannelID) -> Bool, _ visit: (ChatRecord) -> Bool
    ) throws(StorageError) -> ChatListing {
        if position == nil || !search.holds(query) {
            search.parse(query)
            try wordCursors.prepare(search)
        }
        if search.asksForNothing { return .finished }
        var pass = SearchPass(skip: skip, remaining: limit)
        var range = try places(filter, after: position)
        if !wordCursors.isEmpty, range.top.value >= catalogued.indexedFrom {
            let end = try searchIndex(filter, range, position, &pass, isVisible, visit)
            if let end { return end }
            guard catalogued.indexedFrom > range.bottom.value else { return .finished }
            range.top = Place(catalogued.indexedFrom - 1)
        }
        return try searchCatalogue(filter, range, position, &pass, isVisible, visit)
    }

    /// Searches what is in the index; nil if that is all that can be had of it.
    private func searchIndex(
        _ filter: ChatFilter, _ range: PlaceRange, _ position: ChatPosition?,
        _ pass: inout SearchPass, _ isVisible: (ChannelID) -> Bool, _ visit: (ChatRecord) -> Bool
    ) throws(StorageError) -> ChatListing? {
        try wordCursors.open(at: range.top)
        defer { wordCursors.end() }
        var top = range.top
        while true {
            switch try wordCursors.next(from: top, &pass.work, workMax: Self.workMax) {
            case .end: return nil
            case .outOfWork(let place):
                if place < range.bottom { return nil }
                guard let above = try entry(at: place) else { return nil }
                return .paused(after: above.positionBefore, skip: pass.skip)
            case .candidate(let place):
                if place < range.bottom { return nil }
                if let entry = try entry(at: place) {
                    if filter.ends(before: entry) { return .finished }
                    let goesOn = try look(at: entry, filter, position, &pass, isVisible, visit)
                    if !goesOn { return .finished }
                    if pass.work >= Self.workMax {
                        return .paused(after: entry.position, skip: pass.skip)
                    }
                }
                top = Place(place.value - 1)
            }
        }
    }

    /// Searches where the index says nothing: text by text.
    private func searchCatalogue(
        _ filter: ChatFilter, _ range: PlaceRange, _ position: ChatPosition?,
        _ pass: inout SearchPass, _ isVisible: (ChannelID) -> Bool, _ visit: (ChatRecord) -> Bool
    ) throws(StorageError) -> ChatListing {
        let source = listingStatements.narrowest(for: filter)
        source.bind(range)
        var entries = EntryStream()
        defer { entries.end() }
        try entries.start(source, self)
        while let entry = try entries.take(self) {
            if filter.ends(before: entry) { return .finished }
            pass.work += 1
            let goesOn = try look(at: entry, filter, position, &pass, isVisible, visit)
            if !goesOn { return .finished }
            if pass.work >= Self.workMax { return .paused(after: entry.position, skip: pass.skip) }
        }
        return .finished
    }

    /// Judges one chat, and visits it; false if that was the last.
    private func look(
        at entry: CatalogueEntry, _ filter: ChatFilter, _ position: ChatPosition?,
        _ pass: inout SearchPass, _ isVisible: (ChannelID) -> Bool, _ visit: (ChatRecord) -> Bool
    ) throws(StorageError) -> Bool {
        guard filter.admits(entry), entry.comes(after: position), isVisible(entry.channel) else {
            return true
        }
        let statement = chatStatements.fetch
        statement.bind(1, entry.id.value)
        defer { statement.reset() }
        guard try read(statement) else { return true }
        let chat = ChatRecord(row: statement)
        pass.work += 2 + chat.content.count / Self.bytesPerStep
        guard search.matches(chat.content) else { return true }
        if pass.skip > 0 {
            pass.skip -= 1
            return true
        }
        pass.remaining -= 1
        return visit(chat) && pass.remaining > 0
    }

    private func entry(at place: Place) throws(StorageError) -> CatalogueEntry? {
        let statement = listingStatements.entry
        statement.bind(1, place.value)
        defer { statement.reset() }
        return try read(statement) ? CatalogueEntry(row: statement) : nil
    }
}

/// What one turn has done of a search.
private struct SearchPass {
    var skip: Int
    var remaining: Int
    var work = 0
}

extension CatalogueEntry {
    /// From where a listing goes on with this entry.
    fileprivate var positionBefore: ChatPosition {
        ChatPosition(createdAt: place.createdAt, id: ChatID(id.value + 1))
    }
}
