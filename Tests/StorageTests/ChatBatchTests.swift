import Memory
import Model
import Storage
import TestSupport
import XCTest

/// The chats of a turn reach the database together, and nobody can tell.
final class ChatBatchTests: StoreTestCase {
    func testAnyNumberOfChatsInOneTurnIsThereAsItWasSent() throws {
        let store = try open()
        var expected: [String] = []
        var next = chatID(0)
        for count in [1, 2, 127, 128, 129, 300] {
            for number in 0..<count {
                let thread = number % 3 == 1 ? Int64(number) : nil
                let (author, channel) = (Int64(number % 5), Int64(number % 7))
                let text = "no. \(number) of \(count)"
                try addChat(
                    next, by: author, in: channel, thread: thread, text, to: store)
                let written = [
                    next.value, moment(of: next), author, channel, thread, 0,
                ].map { $0.map(String.init) ?? "" } + [text]
                expected.append(written.joined(separator: "|"))
                next = ChatID(next.value + 1)
            }
            try store.commit()
        }
        let rows = try shell(
            "SELECT id, created_at, author, channel, thread, edited, content FROM chats ORDER BY id")
        XCTAssertEqual(rows.components(separatedBy: "\n"), expected)
    }

    func testIdsMayHaveGaps() throws {
        let store = try open()
        let ids = [chatID(0), chatID(0, 1), chatID(0, 3), chatID(5), chatID(5, 1)]
        for id in ids { try addChat(id, "\(id.value)", to: store) }
        try store.commit()
        for id in ids {
            XCTAssertEqual(try store.chat(id)?.content, bytes("\(id.value)"))
        }
        XCTAssertEqual(try count(store), ids.count)
    }

    func testLongTextsTakeSeveralStatements() throws {
        let store = try open()
        for number in 0..<40 as Range<Int64> {
            try addChat(chatID(0, number), text(number), to: store)
        }
        try store.commit()
        for number in 0..<40 as Range<Int64> {
            XCTAssertEqual(try store.chat(chatID(0, number))?.content, bytes(text(number)))
        }
    }

    /// 3,000 bytes and more, each text another.
    private func text(_ number: Int64) -> String {
        String(repeating: "\(number) ", count: 1_000) + String(repeating: "x", count: Int(number))
    }

    func testATextMayHoldAnyByte() throws {
        let store = try open()
        try addChat(chatID(0), "first", to: store)
        try addChat(chatID(0, 1), "a\0b'\"\u{1F600}", to: store)
        XCTAssertEqual(try store.chat(chatID(0, 1))?.content, bytes("a\0b'\"\u{1F600}"))
    }

    func testAChatIsFoundInTheTurnThatWritesIt() throws {
        let store = try open()
        for number in 0..<4 as Range<Int64> { try addChat(chatID(0, number), to: store) }
        XCTAssertNotNil(try store.chat(chatID(0, 3)))
        try addChat(chatID(0, 4), "listed", to: store)
        XCTAssertEqual(try count(store), 5)
        try addChat(chatID(0, 5), "sought", to: store)
        XCTAssertEqual(try count(store, "sought"), 1)
        try addChat(chatID(0, 6), to: store)
        XCTAssertEqual(try store.highestIdentifier(), chatID(0, 6).value)
        try addChat(chatID(0, 7), to: store)
        XCTAssertTrue(try store.editChat(chatID(0, 7), content: bytes("edited")))
        try addChat(chatID(0, 8), to: store)
        XCTAssertTrue(try store.deleteChat(chatID(0, 8)))
        try store.commit()
        XCTAssertEqual(try shell("SELECT count(*), sum(edited) FROM chats"), "8|1")
    }

    func testAChatIsReplayedInTheTurnThatWritesIt() throws {
        let store = try open()
        try addChat(chatID(0), "told", to: store)
        try store.appendEvent(id: 1, audience: .everyone, .chatSent(chatID(0), nonce: nil))
        var told: [String] = []
        try store.events(after: 0, limit: 9) { event in
            if case .chatSent(let chat, _) = event.message {
                told.append(String(chat.content))
            }
            return true
        }
        XCTAssertEqual(told, ["told"])
    }

    func testATextThatNoEventCouldHoldVoidsTheTurn() throws {
        var options = StoreOptions()
        options.eventBytesMax = 40_000
        let store = try open(options)
        try addChat(chatID(0), to: store)
        assertThrows(.recordTooLong) {
            try addChat(chatID(0, 1), String(repeating: "x", count: 40_001), to: store)
        }
        assertThrows(.recordTooLong) { try store.commit() }
        XCTAssertEqual(try count(store), 0)
        try addChat(chatID(0), String(repeating: "x", count: 40_000), to: store)
        try store.commit()
        XCTAssertEqual(try shell("SELECT length(content) FROM chats"), "40000")
    }

    func testAChatOfAnotherProgramWithAHigherIdVoidsTheTurnThatWouldNumberBehindIt() throws {
        let store = try open()
        let foreign = chatID(100).value
        try shell("INSERT INTO chats VALUES (\(foreign), 1, 1, 1, NULL, 0, 'foreign')")
        try addChat(chatID(0), to: store)
        try store.commit()
        try addChat(chatID(1), to: store)
        try addChat(chatID(1, 1), to: store)
        assertThrows(.damaged) { try store.commit() }
        XCTAssertEqual(try shell("SELECT id FROM chats ORDER BY id"), "\(chatID(0).value)\n\(foreign)")
    }
}
