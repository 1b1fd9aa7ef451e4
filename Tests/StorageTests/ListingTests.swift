import Memory
import Model
@testable import Storage
import TestSupport
import XCTest

/// Listings are compared with a plain array that is filtered and sorted.
final class ListingTests: StoreTestCase {
    private struct Line: Equatable, CustomStringConvertible {
        var id: ChatID
        var createdAt: Milliseconds
        var author: Int64
        var channel: Int64
        var thread: Int64?

        var description: String { "\(createdAt - firstMoment)/\(id.value)" }
    }

    /// Chats as the protocol makes them: in one channel never dated before the last one, and
    /// dated back at will otherwise; many in one millisecond.
    private func fill(_ store: Store, count: Int, seed: UInt64) throws -> [Line] {
        var random = SeededGenerator(seed: seed)
        var lines: [Line] = []
        for channel in 1...4 as ClosedRange<Int64> {
            try addChannel(channel, "channel \(channel)", to: store)
        }
        for index in 0..<count {
            let now = Int64(index / 5)
            let channel = Int64.random(in: 1...4, using: &random)
            let earliest = try store.earliestCreatedAt(in: ChannelID(channel))
            XCTAssertEqual(
                earliest, lines.last { $0.channel == channel }?.createdAt ?? channel)
            let newest = max(earliest!, firstMoment)
            let line = Line(
                id: chatID(now, Int64(index % 5)),
                createdAt: Bool.random(using: &random)
                    ? firstMoment + now
                    : Int64.random(in: newest...firstMoment + now, using: &random),
                author: Int64.random(in: 1...3, using: &random), channel: channel,
                thread: [nil, nil, 7, 8].randomElement(using: &random)!)
            lines.append(line)
            try addChat(
                line.id, at: line.createdAt, by: line.author, in: channel, thread: line.thread,
                to: store)
        }
        return lines.sorted { left, right in
            (left.createdAt, left.id.value) > (right.createdAt, right.id.value)
        }
    }

    private func list(
        _ store: Store, _ filter: ChatFilter = ChatFilter(), after: ChatPosition? = nil,
        skip: Int = 0, limit: Int = .max
    ) throws -> [Line] {
        var lines: [Line] = []
        var (position, toSkip) = (after, skip)
        while case .paused(let next, let stillToSkip) = try store.chats(
            filter, after: position, skip: toSkip, limit: limit - lines.count,
            { chat in
                lines.append(
                    Line(
                        id: chat.id, createdAt: chat.createdAt, author: chat.author.value,
                        channel: chat.channel.value, thread: chat.thread?.value))
                return true
            })
        {
            XCTAssertEqual(lines, [], "a short listing pauses for the catalogue alone")
            (position, toSkip) = (next, stillToSkip)
        }
        return lines
    }

    private func randomFilter(_ random: inout SeededGenerator, _ lines: [Line]) -> ChatFilter {
        var filter = ChatFilter()
        func sometimes<T>(_ value: @autoclosure () -> T) -> T? {
            Int.random(in: 0..<4, using: &random) == 0 ? value() : nil
        }
        let moments = lines.last!.createdAt...lines.first!.createdAt
        filter.author = sometimes(UserID(Int64.random(in: 1...4, using: &random)))
        filter.channel = sometimes(ChannelID(Int64.random(in: 1...5, using: &random)))
        filter.before = sometimes(Int64.random(in: moments, using: &random))
        filter.after = sometimes(Int64.random(in: moments, using: &random))
        filter.beforeID = sometimes(lines.randomElement(using: &random)!.id)
        filter.afterID = sometimes(lines.randomElement(using: &random)!.id)
        filter.thread =
            sometimes([.outside, .only(ThreadID(7))].randomElement(using: &random)!) ?? .any
        return filter
    }

    private func passes(_ line: Line, _ filter: ChatFilter) -> Bool {
        if let author = filter.author, line.author != author.value { return false }
        if let channel = filter.channel, line.channel != channel.value { return false }
        if let before = filter.before, line.createdAt >= before { return false }
        if let after = filter.after, line.createdAt <= after { return false }
        if let bound = filter.beforeID, line.id.value >= bound.value { return false }
        if let bound = filter.afterID, line.id.value <= bound.value { return false }
        switch filter.thread {
        case .any: return true
        case .outside: return line.thread == nil
        case .only(let thread): return line.thread == thread.value
        }
    }

    /// Counts on both sides of what may wait, and of one and two slices of the catalogue.
    private let counts = [0, 1, 2, 255, 256, 257, 511, 512, 513, 600, 1024, 1100]

    func testAllChatsComeNewestFirstWithTiesByID() throws {
        for count in counts {
            let store = try open()
            let lines = try fill(store, count: count, seed: UInt64(count))
            XCTAssertEqual(try list(store), lines, "\(count) chats, uncommitted")
            try store.commit()
            XCTAssertEqual(try list(store), lines, "\(count) chats")
            store.rollback()
            try removeFile(store)
        }
    }

    /// However long nobody finds the time to catalogue them.
    func testNoMoreThanAKnownNumberOfChatsWait() throws {
        let store = try open()
        let count = CatalogueMark.waitingMax + 1_000
        for index in 0..<Int64(count) { try addChat(chatID(index), to: store) }
        try store.commit()
        XCTAssertLessThan(store.chatsToCatalogue, CatalogueMark.waitingMax)
        XCTAssertGreaterThan(store.chatsToCatalogue, CatalogueMark.waitingMax - 1_000)
        XCTAssertEqual(
            try shell("SELECT count(*) FROM catalogue"), "\(count - store.chatsToCatalogue)")
    }

    /// The place that a deleted chat leaves is not given to a later one of its moment.
    func testTiesStayInTheOrderOfIDsAfterADeletion() throws {
        for newer in [0, 300] as [Int64] {
            let store = try open()
            for index in 0..<256 as Range<Int64> {
                try addChat(chatID(50, index), at: firstMoment, to: store)
            }
            for index in 0..<newer { try addChat(chatID(60, index), to: store) }
            for index in [0, 1, 2, 254, 255] as [Int64] {
                XCTAssertTrue(try store.deleteChat(chatID(50, index)))
            }
            for index in 0..<300 as Range<Int64> {
                try addChat(chatID(70, index), at: firstMoment, to: store)
            }
            let ties = try list(store).filter { $0.createdAt == firstMoment }.map { $0.id.value }
            let expected =
                (3..<254 as Range<Int64>).map { chatID(50, $0).value }
                + (0..<300 as Range<Int64>).map { chatID(70, $0).value }
            XCTAssertEqual(ties, Array(expected.reversed()))
            store.rollback()
            try removeFile(store)
        }
    }

    func testEveryFilterGivesWhatTheModelGives() throws {
        let store = try open()
        let lines = try fill(store, count: 700, seed: 11)
        var random = SeededGenerator(seed: 12)
        var found = 0
        for _ in 0..<500 {
            let filter = randomFilter(&random, lines)
            let expected = lines.filter { passes($0, filter) }
            found += expected.isEmpty ? 0 : 1
            XCTAssertEqual(try list(store, filter), expected, "\(filter)")
        }
        XCTAssertGreaterThan(found, 200, "the filters are not all empty")
    }

    func testPagesAndPiecesGiveTheSameAsOneListing() throws {
        let store = try open()
        let lines = try fill(store, count: 400, seed: 21)
        var random = SeededGenerator(seed: 22)
        for size in [1, 2, 7, 50, 399, 400, 401] {
            for _ in 0..<4 {
                let filter = randomFilter(&random, lines)
                let whole = lines.filter { passes($0, filter) }
                var pages: [Line] = []
                var pieces: [Line] = []
                for page in 0...whole.count / size {
                    pages += try list(store, filter, skip: page * size, limit: size)
                    let last = pieces.last.map {
                        ChatPosition(createdAt: $0.createdAt, id: $0.id)
                    }
                    pieces += try list(store, filter, after: last, limit: size)
                }
                XCTAssertEqual(pages, whole, "pages of \(size), \(filter)")
                XCTAssertEqual(pieces, whole, "pieces of \(size), \(filter)")
            }
        }
    }

    func testAPositionNeedNotBeThatOfAnExistingChat() throws {
        let store = try open()
        let lines = try fill(store, count: 100, seed: 31)
        let middle = lines[50]
        XCTAssertTrue(try store.deleteChat(middle.id))
        let position = ChatPosition(createdAt: middle.createdAt, id: middle.id)
        XCTAssertEqual(try list(store, after: position), Array(lines[51...]))
    }

    func testExtremeBoundsAreHarmless() throws {
        let store = try open()
        let lines = try fill(store, count: 100, seed: 41)
        for bound in [Int64.min, -1, 0, Int64.max] {
            var filter = ChatFilter()
            filter.before = bound
            XCTAssertEqual(try list(store, filter), bound == .max ? lines : [])
            filter = ChatFilter()
            filter.after = bound
            XCTAssertEqual(try list(store, filter), bound == .max ? [] : lines)
            filter = ChatFilter()
            filter.beforeID = ChatID(bound)
            XCTAssertEqual(try list(store, filter), bound == .max ? lines : [])
            filter = ChatFilter()
            filter.afterID = ChatID(bound)
            XCTAssertEqual(try list(store, filter), bound == .max ? [] : lines)
            let position = ChatPosition(createdAt: bound, id: ChatID(bound))
            XCTAssertEqual(try list(store, after: position), bound == .max ? lines : [])
        }
        XCTAssertEqual(try list(store, limit: 0), [])
        XCTAssertEqual(try list(store, skip: 99), [lines[99]])
        XCTAssertEqual(try list(store, skip: 100), [])
    }

    func testEditedAndDeletedChatsAreListedRightlyOnBothSidesOfTheMark() throws {
        let store = try open()
        var lines = try fill(store, count: 300, seed: 51)
        var random = SeededGenerator(seed: 52)
        for _ in 0..<60 {
            let victim = lines.remove(at: Int.random(in: lines.indices, using: &random))
            XCTAssertTrue(try store.deleteChat(victim.id))
            XCTAssertEqual(try list(store), lines)
            for channel in 1...4 as ClosedRange<Int64> {
                XCTAssertEqual(
                    try store.earliestCreatedAt(in: ChannelID(channel)),
                    lines.first { $0.channel == channel }?.createdAt)
            }
        }
        try store.commit()
        XCTAssertEqual(try shell("SELECT count(*) FROM chats"), "240")
    }

    func testReactionsAndOtherRecordsAreReadInsideAListing() throws {
        let store = try open()
        try addUser(1, "ada", to: store)
        for index in 0..<3 as Range<Int64> {
            try addChat(chatID(index), to: store)
            _ = try store.setReaction(
                chat: chatID(index), user: UserID(1), reaction: bytes("r\(index)"), present: true)
        }
        var lines: [String] = []
        _ = try store.chats(ChatFilter(), after: nil, skip: 0, limit: 9) { chat in
            try! store.reactionCounts(of: chat.id) { count in
                let author = try! store.user(chat.author)!
                let again = try! store.chat(chat.id)!
                lines.append(
                    "\(String(author.username)) \(String(count.reaction)) \(String(again.content))")
                return true
            }
            return true
        }
        XCTAssertEqual(lines, ["ada r2 text", "ada r1 text", "ada r0 text"])
    }

    func testTheVisitorStopsAListing() throws {
        let store = try open()
        _ = try fill(store, count: 80, seed: 61)
        var visits = 0
        _ = try store.chats(ChatFilter(), after: nil, skip: 0, limit: 50) { _ in
            visits += 1
            return visits < 3
        }
        XCTAssertEqual(visits, 3)
    }

    func testAListingThatFindsLittlePausesAndGoesOn() throws {
        let store = try open()
        for index in 0..<10_000 as Range<Int64> {
            try addChat(chatID(index), by: index % 5_000 == 0 ? 2 : 1, to: store)
        }
        try catalogueAll(store)
        var filter = ChatFilter()
        filter.author = UserID(2)
        filter.channel = ChannelID(1)
        var position: ChatPosition?
        var found: [ChatID] = []
        var pauses = 0
        while true {
            let end = try store.chats(filter, after: position, skip: 0, limit: 9) {
                found.append($0.id)
                return true
            }
            guard case .paused(let after, let skip) = end else { break }
            XCTAssertEqual(skip, 0)
            position = after
            pauses += 1
        }
        XCTAssertEqual(found, [chatID(5_000), chatID(0)])
        XCTAssertEqual(pauses, 2)
    }

    func testSkippedChatsAreNotSkippedTwiceAcrossAPause() throws {
        let store = try open()
        for index in 0..<5_000 as Range<Int64> { try addChat(chatID(index), to: store) }
        var position: ChatPosition?
        var skip = 4_500
        var found: [ChatID] = []
        while true {
            let end = try store.chats(ChatFilter(), after: position, skip: skip, limit: 2) {
                found.append($0.id)
                return true
            }
            guard case .paused(let after, let rest) = end else { break }
            (position, skip) = (after, rest)
        }
        XCTAssertEqual(found, [chatID(499), chatID(498)])
    }

    /// Clients may date any number of chats back to the same millisecond.
    func testAWalkGetsThroughMoreTiesThanItMayStep() throws {
        let store = try open()
        for index in 0..<9_000 as Range<Int64> {
            try addChat(chatID(index), at: firstMoment, by: index == 3 ? 2 : 1, "yes", to: store)
        }
        try catalogueAll(store)
        for query in [nil, "yes", "-no"] as [String?] {
            var filter = ChatFilter()
            filter.author = UserID(2)
            filter.channel = ChannelID(1)
            filter.query = query.map { bytes($0) }
            var found: [ChatID] = []
            var position: ChatPosition?
            var pauses = 0
            while case .paused(let after, _) = try store.chats(
                filter, after: position, skip: 0, limit: 9,
                {
                    found.append($0.id)
                    return true
                })
            {
                position = after
                pauses += 1
                guard pauses < 9 else { break }
            }
            XCTAssertEqual(found, [chatID(3)])
            XCTAssertEqual(pauses, 2)
        }
    }

    func testPositionsInsideAndBelowTiesAreResumedAtTheirPlace() throws {
        let store = try open()
        try addChat(chatID(0), at: firstMoment - 1, to: store)
        for index in 1..<6_000 as Range<Int64> {
            try addChat(chatID(index), at: firstMoment, to: store)
        }
        for (id, expected) in [(5_000, 4_999), (2, 1), (1, 0)] as [(Int64, Int64)] {
            let position = ChatPosition(createdAt: firstMoment, id: chatID(id))
            XCTAssertEqual(
                try list(store, after: position, limit: 1).map(\.id), [chatID(expected)])
        }
    }

    private func removeFile(_ store: Store) throws {
        store.close()
        try tearDownWithError()
        try setUpWithError()
    }
}
