import Memory
import Model

/// How a listing of chats ended.
public enum ChatListing {
    /// With the last chat there is, at the limit, or because the visitor had enough.
    case finished
    /// With more to look at: so many chats had to be catalogued or passed over that the rest is
    /// for another turn. Go on with these values; what was visited counts against the limit.
    case paused(after: ChatPosition?, skip: Int)
}

extension Store {
    /// Visits the chats that pass the filter, newest first by (`createdAt`, id), after a
    /// position (nil: from the newest), without the first `skip` of them. Stops after
    /// `limit`, or when the visitor returns false.
    ///
    /// Chats of channels that are not visible count for nothing.
    ///
    /// Chats that wait are catalogued first if they are many, for a search all of them, so the
    /// turn may have uncommitted changes afterwards.
    public func chats(
        _ filter: ChatFilter, after position: ChatPosition?, skip: Int, limit: Int,
        isVisible: (ChannelID) -> Bool = { _ in true }, _ visit: (ChatRecord) -> Bool
    ) throws(StorageError) -> ChatListing {
        guard try catchUp(to: filter.query == nil ? CatalogueMark.few : 0) else {
            return .paused(after: position, skip: skip)
        }
        guard limit > 0 else { return .finished }
        if let query = filter.query {
            return try search(
                query, filter, after: position, skip: skip, limit: limit, isVisible: isVisible, visit)
        }
        var walk = ChatWalk()
        defer { walk.end() }
        try start(&walk, filter, after: position)
        var skip = skip
        var remaining = limit
        while let entry = try walk.next(self) {
            if filter.ends(before: entry) { return .finished }
            if filter.admits(entry), entry.comes(after: position), isVisible(entry.channel) {
                if skip > 0 {
                    skip -= 1
                } else {
                    remaining -= 1
                    guard try visitChat(entry.id, visit), remaining > 0 else {
                        return .finished
                    }
                }
            }
            if walk.mustPause { return .paused(after: entry.position, skip: skip) }
        }
        return .finished
    }

    private func visitChat(
        _ id: ChatID, _ visit: (ChatRecord) -> Bool
    ) throws(StorageError) -> Bool {
        let statement = chatStatements.fetch
        statement.bind(1, id.value)
        defer { statement.reset() }
        return try read(statement) ? visit(ChatRecord(row: statement)) : true
    }

    /// Starts the walk over the fewest entries that hold all that the filter admits.
    private func start(
        _ walk: inout ChatWalk, _ filter: ChatFilter, after position: ChatPosition?
    ) throws(StorageError) {
        let source = listingStatements.narrowest(for: filter)
        source.bind(try places(filter, after: position))
        try walk.catalogued.start(source, self)
        try startWaiting(&walk, in: filter.channel)
    }

    private func startWaiting(
        _ walk: inout ChatWalk, in channel: ChannelID?
    ) throws(StorageError) {
        guard catalogued.waiting > 0 else { return }
        let statement = listingStatements.waiting
        statement.bind(1, catalogued.through)
        statement.bind(2, channel?.value)
        try walk.waiting.start(statement, self)
    }

    /// The places outside which nothing passes the filter or comes after the position.
    func places(
        _ filter: ChatFilter, after position: ChatPosition?
    ) throws(StorageError) -> PlaceRange {
        var range = filter.places
        guard let position else { return range }
        let statement = listingStatements.below
        statement.bind(1, Place(firstAt: position.createdAt).value)
        statement.bind(2, Place(lastAt: position.createdAt).value)
        statement.bind(3, position.id.value)
        defer { statement.reset() }
        let below = try read(statement)
            ? statement.integer(0) : Place(firstAt: position.createdAt).value - 1
        range.top = min(range.top, Place(below))
        return range
    }
}

// MARK: The filter against the catalogue

/// Both ends belong to it.
struct PlaceRange {
    var bottom: Place
    var top: Place
}

extension Statement {
    func bind(_ range: PlaceRange) {
        bind(1, range.bottom.value)
        bind(2, range.top.value)
    }
}

extension ChatFilter {
    /// The places outside which nothing passes. An upper bound on ids is one on moments too:
    /// no chat is dated later than its id was made.
    fileprivate var places: PlaceRange {
        var range = PlaceRange(bottom: Place(Int64.min), top: Place(Int64.max))
        if let after { range.bottom = Place(firstAt: after) }
        if let before { range.top = min(range.top, Place(lastAt: before)) }
        if let beforeID {
            range.top = min(range.top, Place(lastAt: Place.moment(of: beforeID)))
        }
        return range
    }

    func admits(_ entry: CatalogueEntry) -> Bool {
        if let author, author != entry.author { return false }
        if let channel, channel != entry.channel { return false }
        if let before, entry.place.createdAt >= before { return false }
        if let after, entry.place.createdAt <= after { return false }
        if let beforeID, entry.id.value >= beforeID.value { return false }
        if let afterID, entry.id.value <= afterID.value { return false }
        switch thread {
        case .any: return true
        case .outside: return entry.thread == nil
        case .only(let thread): return entry.thread == thread
        }
    }

    /// True if nothing from here on can pass: in one channel ids fall together with moments,
    /// so whoever polls with `afterID` does not walk through the history.
    func ends(before entry: CatalogueEntry) -> Bool {
        guard let channel, let afterID else { return false }
        return entry.channel == channel && entry.id.value <= afterID.value
    }
}

extension CatalogueEntry {
    var position: ChatPosition {
        ChatPosition(createdAt: place.createdAt, id: id)
    }

    func comes(after position: ChatPosition?) -> Bool {
        guard let position else { return true }
        if place.createdAt != position.createdAt {
            return place.createdAt < position.createdAt
        }
        return id.value < position.id.value
    }
}
