import Foundation
import Memory
import Model
import Storage
import TestSupport
import XCTest

final class EventTests: StoreTestCase {
    func testEventsAreReplayedInOrder() throws {
        let store = try open()
        try append(1...10, to: store)
        XCTAssertEqual(try replay(store, after: 6, limit: 3), [7, 8, 9])
        XCTAssertEqual(try store.newestEvent(), 10)
    }

    func testPayloadsAndAudiencesAreKeptByteByByte() throws {
        var store = try open()
        let payload = String(String.UnicodeScalarView((0...255).map { Unicode.Scalar($0)! }))
        let channel = ChannelID(1 << 53 - 1)
        try store.appendEvent(id: 1, audience: .viewers(channel), .message(bytes(payload)))
        try store.appendEvent(id: 2, audience: .nonViewers(ChannelID(7)), .message(.empty))
        try store.appendEvent(id: 3, audience: .everyone, .message(bytes("x")))
        try store.appendEvent(id: 4, audience: .member(UserID(1 << 52)), .message(bytes("y")))
        func check() throws {
            var events: [(Audience, String)] = []
            try store.events(after: 0, limit: .max) { event in
                events.append((event.audience, event.message.description))
                return true
            }
            XCTAssertEqual(
                events.map { $0.0 },
                [
                    .viewers(channel), .nonViewers(ChannelID(7)), .everyone,
                    .member(UserID(1 << 52)),
                ])
            XCTAssertEqual(events.map { $0.1 }, [payload, "", "x", "y"])
        }
        try check()
        try store.commit()
        try check()
        store.close()
        store = try open()
        try check()
    }

    /// Turns of every small size, so that a replay begins and stops in the first, in the
    /// middle and in the last event of a batch, and between those written and those not yet.
    func testAReplayBeginsAndStopsAtAnyEvent() throws {
        var store = try open()
        let turns = [1, 1, 2, 7, 3, 1, 40, 5] as [Int64]
        var last: Int64 = 0
        for turn in turns {
            try append(last + 1...last + turn, to: store)
            last += turn
            try checkEveryReplay(of: store, through: last)
            try store.commit()
        }
        XCTAssertEqual(try shell("SELECT count(*) FROM events"), "\(turns.count)")
        try append(last + 1...last + 3, to: store)
        try checkEveryReplay(of: store, through: last + 3)
        store.rollback()
        try checkEveryReplay(of: store, through: last)
        store.close()
        store = try open()
        try checkEveryReplay(of: store, through: last)
    }

    func testATurnLargerThanTheBufferIsWrittenInSeveralRows() throws {
        let store = try open()
        let size = 1000
        try append(1...200, size: size, to: store)
        try checkEveryReplay(of: store, through: 200, size: size, step: 17)
        XCTAssertEqual(try shell("SELECT count(*) FROM events"), "0")
        try store.commit()
        let perRow = 65_536 / (13 + size)
        XCTAssertEqual(
            try shell("SELECT group_concat(first || '-' || last) FROM events"),
            "1-\(perRow),\(perRow + 1)-\(2 * perRow),\(2 * perRow + 1)-\(3 * perRow),"
                + "\(3 * perRow + 1)-200")
        try checkEveryReplay(of: store, through: 200, size: size, step: 17)

        try append(201...400, size: size, to: store)
        store.rollback()
        XCTAssertEqual(try store.newestEvent(), 200, "written rows go with the turn too")
        try append(201...203, to: store)
        XCTAssertEqual(try replay(store, after: 200), [201, 202, 203])
    }

    func testTheBufferIsFilledToItsLastByte() throws {
        let store = try open()
        try append(1...1, size: 65_536 - 2 * 13 - 7, to: store)
        try append(2...2, size: 7, to: store)
        try append(3...3, size: 1, to: store)
        try store.commit()
        XCTAssertEqual(
            try shell("SELECT group_concat(first || '-' || last) FROM events"), "1-2,3-3")
        XCTAssertEqual(try shell("SELECT length(records) FROM events WHERE last = 2"), "65536")
    }

    func testTheLongestEventFitsAndALongerOneVoidsTheTurn() throws {
        var options = StoreOptions()
        options.eventBytesMax = 100_000
        let store = try open(options)
        XCTAssertGreaterThan(Store.ownBytes(options), Store.ownBytes(StoreOptions()))
        try append(1...1, to: store)
        try append(2...3, size: 100_000, to: store)
        try append(4...4, to: store)
        try store.commit()
        try checkEvery(of: store, sizes: [7, 100_000, 100_000, 7])
        try append(5...5, to: store)
        assertThrows(.recordTooLong) { try self.append(6...6, size: 100_001, to: store) }
        assertThrows(.recordTooLong) { try store.commit() }
        XCTAssertEqual(try store.newestEvent(), 4)
    }

    /// The files as they lie on the disk in the middle of a turn whose first rows are written.
    func testAPowerCutInsideATurnTakesAllOfItsEvents() throws {
        let store = try open()
        try append(1...160, to: store)
        try store.commit()
        try append(161...500, size: 900, to: store)
        let copy = folder.appendingPathComponent("copy.db").path
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
        }
        let reopened = try Store(path: copy, options: StoreOptions())
        try checkEveryReplay(of: reopened, through: 160, step: 13)
        try append(161...162, to: reopened)
        try reopened.commit()
        XCTAssertEqual(try replay(reopened, after: 159), [160, 161, 162])
    }

    // MARK: Retention

    func testOldEventsAreTrimmedInSmallStepsDownToTheRetention() throws {
        for turn in [1, 5, 64, 100, 160] as [Int64] {
            try trimmed(turn: turn)
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
                try FileManager.default.removeItem(at: folder.appendingPathComponent(name))
            }
        }
    }

    private func trimmed(turn: Int64) throws {
        var options = StoreOptions()
        options.eventRetention = 100
        var store = try open(options)
        var last: Int64 = 0
        func kept() throws -> Int {
            let ids = try replay(store, after: 0)
            XCTAssertEqual(ids, Array(ids.first!...last), "without a gap, to the last")
            return ids.count
        }
        func appendTurn() throws {
            try append(last + 1...last + turn, to: store)
            try store.commit()
            last += turn
        }
        while last < 2000 {
            try appendTurn()
            XCTAssertGreaterThanOrEqual(try kept(), min(Int(last), 100))
            XCTAssertLessThanOrEqual(try kept(), 100 + 64 + Int(turn))
        }
        store.close()

        options.eventRetention = 10_000
        store = try open(options)
        while last < 4000 { try appendTurn() }
        store.close()

        options.eventRetention = 10
        store = try open(options)
        var before = try kept()
        while last < 6000 {
            try appendTurn()
            let now = try kept()
            XCTAssertLessThanOrEqual(
                before - now, 4 * max(64, Int(turn)), "a smaller retention is reached gradually")
            before = now
        }
        XCTAssertLessThanOrEqual(before, 10 + 64 + Int(turn))
    }

    /// Rows of many events, followed by rows of few.
    func testLargeRowsAreTrimmedBySmallTurns() throws {
        var options = StoreOptions()
        options.eventRetention = 100
        let store = try open(options)
        for turn in 0..<5 as Range<Int64> {
            try append(turn * 2000 + 1...turn * 2000 + 2000, to: store)
            try store.commit()
        }
        for id in 10_001...10_400 as ClosedRange<Int64> {
            try append(id...id, to: store)
            try store.commit()
        }
        XCTAssertLessThanOrEqual(try replay(store, after: 0).count, 100 + 64)
    }

    // MARK: Chats

    /// A chat that says `first`, and the events that tell of it.
    private func openWithEventsOfAChat() throws -> Store {
        let store = try open()
        try addChat(chatID(3), "first", to: store)
        try store.appendEvent(
            id: 1, audience: .everyone, .chatSent(chatID(3), nonce: bytes("a nonce")))
        try store.appendEvent(id: 2, audience: .everyone, .chatSent(chatID(3), nonce: nil))
        try store.appendEvent(id: 3, audience: .everyone, .chatEdited(chatID(3)))
        return store
    }

    private func messages(of store: Store) throws -> [String] {
        var found: [String] = []
        try store.events(after: 0, limit: .max) { event in
            found.append(event.message.description)
            return true
        }
        return found
    }

    func testAChatIsToldOfAsItIsStored() throws {
        let store = try openWithEventsOfAChat()
        let expected = ["sent first (a nonce)", "sent first", "edited first"]
        XCTAssertEqual(try messages(of: store), expected)
        try store.commit()
        XCTAssertEqual(try messages(of: store), expected)
    }

    func testAnEditedChatIsToldOfWithItsNewText() throws {
        let store = try openWithEventsOfAChat()
        XCTAssertTrue(try store.editChat(chatID(3), content: bytes("second, and longer")))
        XCTAssertEqual(
            try messages(of: store),
            [
                "sent second, and longer (a nonce)", "sent second, and longer",
                "edited second, and longer",
            ])
    }

    func testADeletedChatIsToldOfNoMore() throws {
        let store = try openWithEventsOfAChat()
        XCTAssertTrue(try store.deleteChat(chatID(3)))
        XCTAssertEqual(try messages(of: store), ["gone", "gone", "gone"])
    }

    func testTheLogHoldsNoText() throws {
        let store = try openWithEventsOfAChat()
        try store.commit()
        XCTAssertEqual(
            try shell("SELECT count(*) FROM events WHERE instr(records, 'first') > 0"), "0")
        XCTAssertEqual(
            try shell("SELECT count(*) FROM events WHERE instr(records, 'nonce') > 0"), "1")
    }

    /// Each kind of record, cut at each length and with each kind's number.
    func testRecordsThatMakeNoSenseAreDamageAndNothingWorse() throws {
        let store = try openWithEventsOfAChat()
        try store.appendEvent(id: 4, audience: .everyone, .message(bytes("text")))
        try store.commit()
        store.close()
        let length = Int(try shell("SELECT length(records) FROM events"))!
        XCTAssertEqual(length, 4 * 13 + 3 * 8 + 7 + 4)
        let whole = try shell("SELECT hex(records) FROM events")
        for cut in 1..<length where ![28, 49, 70].contains(cut) {
            try checkDamage("substr(x'\(whole)', 1, \(cut))")
        }
        try checkDamage("x'03' || substr(x'\(whole)', 2)")
        // A chat's record that is too short for the chat's id.
        try checkDamage("x'01\(String(repeating: "00", count: 8))07000000' || zeroblob(7)")
        try checkDamage("x'00\(String(repeating: "00", count: 8))FFFFFFFF' || zeroblob(7)")
    }

    private func checkDamage(_ records: String) throws {
        try shell("UPDATE events SET records = \(records)")
        let damaged = try open()
        defer { damaged.close() }
        assertThrows(.damaged) { _ = try self.messages(of: damaged) }
    }

    // MARK: Helpers

    /// Event n has a payload that tells it from all others, and a channel if n is even.
    private func payload(_ id: Int64, _ size: Int) -> String {
        String(repeating: "\(id) ", count: size / 2 + 1).prefix(size).description
    }

    private func append(
        _ ids: ClosedRange<Int64>, size: Int = 7, to store: Store
    ) throws {
        for id in ids {
            try store.appendEvent(
                id: id, audience: id % 2 == 0 ? .viewers(ChannelID(id)) : .everyone,
                .message(bytes(payload(id, size))))
        }
    }

    /// The ids of a replay, each checked with its audience and payload.
    private func replay(
        _ store: Store, after: Int64, limit: Int = .max, size: Int? = 7
    ) throws -> [Int64] {
        var ids: [Int64] = []
        try store.events(after: after, limit: limit) { event in
            let id = event.id
            ids.append(id)
            XCTAssertEqual(event.audience, id % 2 == 0 ? .viewers(ChannelID(id)) : .everyone)
            let message = event.message.description
            XCTAssertEqual(message, self.payload(id, size ?? message.utf8.count))
            return true
        }
        return ids
    }

    private func checkEvery(of store: Store, sizes: [Int]) throws {
        var found: [Int] = []
        try store.events(after: 0, limit: .max) { event in
            found.append(event.message.description.utf8.count)
            return true
        }
        XCTAssertEqual(found, sizes)
    }

    private func checkEveryReplay(
        of store: Store, through last: Int64, size: Int = 7, step: Int64 = 1
    ) throws {
        XCTAssertEqual(try store.newestEvent(), last)
        for after in stride(from: 0, through: last, by: Int(step)) {
            let all = Array(after + 1..<last + 1)
            XCTAssertEqual(try replay(store, after: after, size: size), all)
            for limit in [0, 1, 2, 5] {
                let ids = try replay(store, after: after, limit: limit, size: size)
                XCTAssertEqual(ids, Array(all.prefix(limit)))
                var visited = 0
                try store.events(after: after, limit: .max) { _ in
                    visited += 1
                    return visited < limit
                }
                XCTAssertEqual(visited, min(max(limit, 1), all.count), "until it has enough")
            }
        }
    }
}

extension StoredEvent.Message {
    fileprivate var description: String {
        switch self {
        case .whole(let message): String(message)
        case .chatSent(let chat, let nonce):
            "sent \(String(chat.content))" + (nonce.map { " (\(String($0)))" } ?? "")
        case .chatEdited(let chat): "edited \(String(chat.content))"
        case .gone: "gone"
        }
    }
}
