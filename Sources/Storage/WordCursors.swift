import Memory
import UnicodeText

/// Cursors into the text index, one for each word that a search wants: the index is asked for one word at
/// a time, so each step of it is short, and what has all words is found by intersection.
/// What they find is a candidate: the text decides.
struct WordCursors: ~Copyable {
    static let cursorsMax = 6
    /// Words that begin with one that is asked for.
    private static let beginningsMax = 64
    /// So many of them are looked at to find the most frequent …
    private static let beginningsSeen = 256
    /// … which are told apart by as many chats.
    private static let chatsCounted = 16
    private static let expressionBytesMax = 16 << 10
    static let bytes = expressionBytesMax + 2 * wordBytes

    private struct Cursor {
        var statement: Statement
        /// Where its expression is.
        var start = 0
        var end = 0
        /// The newest place that was not passed yet; nil at the end.
        var head: Int64?
    }

    private let cursors: UnsafeMutablePointer<Cursor>
    private var expressions: ByteWriter
    private let vocabulary: Statement
    /// The word that was found last, and where the next one is looked for.
    private let found: MutableBytes
    private let bound: MutableBytes
    private static let wordBytes = 80
    private var count = 0

    init(_ database: Database) throws(StorageError) {
        let vocabulary = try database.prepare("SELECT term FROM chat_words WHERE term >= ?1")
        let cursors = UnsafeMutablePointer<Cursor>.allocate(capacity: Self.cursorsMax)
        for index in 0..<Self.cursorsMax {
            let statement = try database.prepare(
                """
                SELECT rowid FROM chats_text WHERE chats_text MATCH ?1 AND rowid <= ?2
                ORDER BY rowid DESC
                """)
            (cursors + index).initialize(to: Cursor(statement: statement))
        }
        self.vocabulary = vocabulary
        self.cursors = cursors
        expressions = ByteWriter(.allocate(Self.expressionBytesMax))
        found = .allocate(Self.wordBytes)
        bound = .allocate(Self.wordBytes)
    }

    deinit {
        cursors.deallocate()
        found.base.deallocate()
        bound.base.deallocate()
    }

    /// Chooses what the index is asked for.
    mutating func prepare(_ query: borrowing SearchQuery) throws(StorageError) {
        count = 0
        expressions.removeAll()
        let share = max(Self.beginningsMax / max(query.wordCount, 1), 4)
        for group in 0..<query.groupCount {
            var alternatives = 0
            for index in 0..<query.termCount where query.term(index).group == group {
                alternatives += 1
            }
            guard count < Self.cursorsMax else { return }
            if alternatives > 1 {
                try addEither(of: group, query, share)
            } else {
                try addEach(of: group, query, share)
            }
        }
    }

    /// One cursor for all terms of a group: each has its first word.
    private mutating func addEither(
        of group: Int, _ query: borrowing SearchQuery, _ share: Int
    ) throws(StorageError) {
        let start = expressions.count
        for index in 0..<query.termCount where query.term(index).group == group {
            try append(query.words[query.term(index).first], since: start, share)
        }
        add(from: start)
    }

    /// A cursor for each word of a group's only term.
    private mutating func addEach(
        of group: Int, _ query: borrowing SearchQuery, _ share: Int
    ) throws(StorageError) {
        for index in 0..<query.termCount where query.term(index).group == group {
            let term = query.term(index)
            for word in term.first..<term.first + term.count where count < Self.cursorsMax {
                let start = expressions.count
                try append(query.words[word], since: start, share)
                add(from: start)
            }
        }
    }

    private mutating func add(from start: Int) {
        cursors[count].start = start
        cursors[count].end = expressions.count
        count += 1
    }

    private mutating func append(
        _ word: SearchQuery.Word, since start: Int, _ share: Int
    ) throws(StorageError) {
        let text = word.folded.word
        guard word.isPrefix else { return text.withBytes { append($0, since: start) } }
        var failure: StorageError?
        text.withBytes { prefix in
            do throws(StorageError) {
                try appendBeginnings(prefix, since: start, share)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    private mutating func append(_ term: Bytes, since start: Int) {
        let mark = expressions.count
        if mark > start { expressions.append(" OR ") }
        expressions.append("\"")
        expressions.append(term)
        expressions.append("\"")
        if expressions.overflowed { expressions.rewind(to: mark) }
    }

    /// The words of the index that begin so, if they are many the most frequent of them.
    private mutating func appendBeginnings(
        _ prefix: Bytes, since start: Int, _ share: Int
    ) throws(StorageError) {
        var sizes = InlineArray<17, Int>(repeating: 0)
        try forEachWord(beginning: prefix) { _, _, chats in sizes[chats] += 1 }
        var least = Self.chatsCounted + 1
        var chosen = 0
        while least > 1, chosen + sizes[least - 1] <= share {
            least -= 1
            chosen += sizes[least]
        }
        var room = share - chosen
        try forEachWord(beginning: prefix) { cursors, term, chats in
            if chats < least {
                guard chats == least - 1, room > 0 else { return }
                room -= 1
            }
            cursors.append(term, since: start)
        }
    }

    /// Visits words with the number of chats that have them, as far as it is counted. The index is asked
    /// anew for each word, so that a frequent one is not read to its end.
    private mutating func forEachWord(
        beginning prefix: Bytes, _ visit: (inout WordCursors, Bytes, Int) -> Void
    ) throws(StorageError) {
        found.copy(prefix, at: 0)
        var foundCount = prefix.count
        for _ in 0..<Self.beginningsSeen {
            bound.copy(found.bytes.prefix(foundCount), at: 0)
            let chats = try countChats(
                from: bound.bytes.prefix(foundCount), beginning: prefix, &foundCount)
            guard chats > 0 else { return }
            visit(&self, found.bytes.prefix(foundCount), chats)
            // No word has this character: the next one is above it.
            found[foundCount] = 1
            foundCount += 1
        }
    }

    /// Finds the first word from one on and counts its chats; 0 if it does not begin so.
    private func countChats(
        from first: Bytes, beginning prefix: Bytes, _ foundCount: inout Int
    ) throws(StorageError) -> Int {
        vocabulary.bind(1, text: first)
        defer { vocabulary.reset() }
        var chats = 0
        while chats < Self.chatsCounted, try vocabulary.step() {
            let term = vocabulary.bytes(0)
            if chats > 0, term != found.bytes.prefix(foundCount) { break }
            if chats == 0 {
                guard term.count >= prefix.count, term.count < found.count,
                    term.prefix(prefix.count) == prefix
                else { break }
                found.copy(term, at: 0)
                foundCount = term.count
            }
            chats += 1
        }
        return chats
    }
}

// MARK: - Walking

extension WordCursors {
    /// How a walk to the next candidate ended.
    enum Step {
        case candidate(Place)
        /// Nothing above this place is one.
        case outOfWork(Place)
        case end
    }

    /// No word is asked for, so the index has nothing to say.
    var isEmpty: Bool { count == 0 }

    mutating func open(at top: Place) throws(StorageError) {
        for index in 0..<count { try open(index, at: top.value) }
    }

    /// The newest place up to `top` that all cursors have, after at most about `workMax` steps.
    mutating func next(from top: Place, _ work: inout Int, workMax: Int) throws(StorageError) -> Step {
        var target = top.value
        var agreeing = 0
        var index = 0
        while agreeing < count {
            try advance(index, to: target, &work)
            guard let head = cursors[index].head else { return .end }
            agreeing = head == target ? agreeing + 1 : 1
            target = head
            index = (index + 1) % count
            if work >= workMax, agreeing < count { return .outOfWork(Place(target)) }
        }
        return .candidate(Place(target))
    }

    /// Moves a cursor to the newest place up to `target`: step by step while that is near.
    private mutating func advance(_ index: Int, to target: Int64, _ work: inout Int) throws(StorageError) {
        for _ in 0..<8 {
            guard let head = cursors[index].head, head > target else { return }
            try step(index)
            work += 1
        }
        guard let head = cursors[index].head, head > target else { return }
        try open(index, at: target)
        work += 16
    }

    private mutating func open(_ index: Int, at top: Int64) throws(StorageError) {
        let cursor = cursors[index]
        cursor.statement.reset()
        guard cursor.end > cursor.start else {
            cursors[index].head = nil
            return
        }
        cursor.statement.bind(1, text: expressions.bytes[cursor.start..<cursor.end])
        cursor.statement.bind(2, top)
        try step(index)
    }

    private mutating func step(_ index: Int) throws(StorageError) {
        let statement = cursors[index].statement
        cursors[index].head = try statement.step() ? statement.integer(0) : nil
    }

    /// Resets the statements.
    func end() {
        for index in 0..<count { cursors[index].statement.reset() }
    }
}
