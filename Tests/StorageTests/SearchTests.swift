import Memory
import Model
import Storage
import TestSupport
import XCTest

final class SearchTests: StoreTestCase {
    private func search(
        _ store: Store, _ query: String, _ filter: ChatFilter = ChatFilter(),
        after: ChatPosition? = nil, limit: Int = .max
    ) throws -> [String] {
        var filter = filter
        filter.query = bytes(query)
        var contents: [String] = []
        _ = try store.chats(filter, after: after, skip: 0, limit: limit) { chat in
            contents.append(String(chat.content))
            return true
        }
        return contents
    }

    private func fill(_ store: Store, _ contents: [String]) throws {
        for (index, content) in contents.enumerated() {
            try addChat(chatID(Int64(index)), content, to: store)
        }
    }

    func testWhatAQueryFinds() throws {
        let store = try open()
        let contents = [
            "the quick brown fox", "Quick thinking", "brown bread and butter",
            "Crème brûlée à la carte", "GRÜSSE aus Köln", "not AND or OR near NEAR",
            "well-known facts", "facts well known", "C++ and c#", "party 🎉 time",
            "snake_case", "naïve façade", "1.5 million", "tab\tand\nline",
        ]
        try fill(store, contents)
        let table: [(query: String, found: [String])] = [
            ("fox", ["the quick brown fox"]),
            ("FOX", ["the quick brown fox"]),
            ("quick", ["Quick thinking", "the quick brown fox"]),
            ("fox bread", []),
            ("fox | bread", ["brown bread and butter", "the quick brown fox"]),
            ("brown fox|butter", ["brown bread and butter", "the quick brown fox"]),
            ("| fox |", ["the quick brown fox"]),
            ("fox | -bread", ["the quick brown fox"]),
            ("brown quick", ["the quick brown fox"]),
            ("\"quick brown\"", ["the quick brown fox"]),
            ("\"brown quick\"", []),
            ("brown -fox", ["brown bread and butter"]),
            ("-fox brown", ["brown bread and butter"]),
            ("brown -\"quick brown\"", ["brown bread and butter"]),
            ("fox -fox", []),
            ("creme", ["Crème brûlée à la carte"]),
            ("BRULEE", ["Crème brûlée à la carte"]),
            ("brûlée", ["Crème brûlée à la carte"]),
            ("bru\u{302}le\u{301}e", ["Crème brûlée à la carte"]),
            ("koln", ["GRÜSSE aus Köln"]),
            ("grüsse", ["GRÜSSE aus Köln"]),
            ("NAIVE Facade", ["naïve façade"]),
            ("qui", ["Quick thinking", "the quick brown fox"]),
            ("qu", []), ("\"qui\"", []), ("-qui brown", ["brown bread and butter"]),
            ("qui*", ["Quick thinking", "the quick brown fox"]),
            ("*", []),
            ("fox*", ["the quick brown fox"]),
            ("near", ["not AND or OR near NEAR"]),
            ("NEAR(quick fox)", []), ("fox AND zebra", []), ("fox NOT quick", []),
            ("AND near OR not", ["not AND or OR near NEAR"]),
            ("content:fox", []),
            ("{content} : fox", []),
            ("^fox", ["the quick brown fox"]),
            ("fox + quick", ["the quick brown fox"]),
            ("(fox", ["the quick brown fox"]),
            ("fox)", ["the quick brown fox"]),
            ("\"fox", ["the quick brown fox"]),
            ("fox\"", ["the quick brown fox"]),
            ("\"\"fox\"\"", ["the quick brown fox"]),
            ("fox\"brown\"", ["the quick brown fox"]),
            ("\"quick\0brown\"", ["the quick brown fox"]),
            ("fox\0brown", ["the quick brown fox"]),
            ("\0", []),
            ("'; DROP TABLE chats; --", []),
            ("fox'; DROP TABLE chats; --", []),
            ("well-known", ["well-known facts", "facts well known"].reversed()),
            ("--fox brown", ["brown bread and butter"]),
            ("- fox", ["the quick brown fox"]),
            ("snake_case", ["snake_case"]),
            ("case", ["snake_case"]),
            ("million", ["1.5 million"]),
            ("1.5", ["1.5 million"]),
            ("c", ["C++ and c#"]),
            ("line", ["tab\tand\nline"]),
            ("", []), (" ", []), ("\"", []), ("\"\"", []), ("-", []), ("-\"\"", []), ("- -", []),
            ("!!!", []), ("...", []), ("🎉", ["party 🎉 time"]), ("\"🎉\"", ["party 🎉 time"]), ("party🎉", []),
            ("!!! fox", ["the quick brown fox"]),
            ("!!! -fox -a -and -c", [
                "1.5 million", "naïve façade", "snake_case", "party 🎉 time", "facts well known",
                "well-known facts", "GRÜSSE aus Köln", "Quick thinking",
            ]),
        ]
        for (query, found) in table {
            XCTAssertEqual(try search(store, query), found, "the query is: \(query)")
        }
        XCTAssertEqual(try search(store, "-and").count, contents.count - 4)
        XCTAssertEqual(try search(store, "-and -fox -\"well known\"").count, contents.count - 7)
    }

    func testNoBytesAtAllAreASyntaxError() throws {
        let store = try open()
        try fill(store, ["the quick brown fox"])
        var random = SeededGenerator(seed: 5)
        let alphabet = Array("\"\"\"-- ()*^:{}+'\0\\a.ANDORNEAR,;".utf8) + [0xFF, 0xC3, 0xA9, 0xF0]
        for _ in 0..<5_000 {
            let query = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                alphabet.randomElement(using: &random)!
            }
            var owned = OwnedBytes(query)
            var filter = ChatFilter()
            filter.query = owned.bytes
            XCTAssertNoThrow(
                try store.chats(filter, after: nil, skip: 0, limit: 9) { _ in true }, "\(query)")
        }
    }

    func testAVeryLongQueryIsAnswered() throws {
        let store = try open()
        try fill(store, ["first", "last"])
        let many = (0..<5_000).map { "word\($0)" }.joined(separator: " ")
        XCTAssertEqual(try search(store, "first " + many), [])
        XCTAssertEqual(try search(store, "-first " + many), [])
        XCTAssertEqual(try search(store, "\"" + many + "\" first"), [])
        XCTAssertEqual(try search(store, String(repeating: "a ", count: 8_000)), [])
        XCTAssertEqual(try search(store, String(repeating: "\"a\"", count: 8_000)), [])
        XCTAssertEqual(
            try search(store, "\"" + String(repeating: "a ", count: 500) + "\""), [])
    }

    /// Random texts, edits, deletions, commits, rollbacks and reopenings against a model that
    /// looks for whole words.
    func testTheIndexFollowsEditsDeletionsAndRollbacks() throws {
        let words = ["ant", "bee", "cat", "dog", "elk", "fox"]
        var store = try open()
        var random = SeededGenerator(seed: 6)
        var model: [Int64: String] = [:]
        var committed = model
        var next: Int64 = 0

        func text() -> String {
            (0..<Int.random(in: 1...4, using: &random)).map { _ in
                words.randomElement(using: &random)!
            }.joined(separator: " ")
        }
        func expected(_ condition: ([String]) -> Bool) -> [String] {
            model.keys.sorted(by: >).map { model[$0]! }.filter {
                condition($0.components(separatedBy: " "))
            }
        }
        for step in 0..<4_000 {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<50:
                model[next] = text()
                try addChat(chatID(next), model[next]!, to: store)
                next += 1
            case 50..<65:
                guard let id = model.keys.sorted().randomElement(using: &random) else { break }
                model[id] = text()
                XCTAssertTrue(try store.editChat(chatID(id), content: bytes(model[id]!)))
            case 65..<80:
                guard let id = model.keys.sorted().randomElement(using: &random) else { break }
                model[id] = nil
                XCTAssertTrue(try store.deleteChat(chatID(id)))
            case 80..<92:
                try store.commit()
                committed = model
            case 92..<95:
                store.rollback()
                model = committed
            case 95:
                store.close()
                model = committed
                store = try open()
            default:
                let (one, other) = (
                    words.randomElement(using: &random)!, words.randomElement(using: &random)!
                )
                XCTAssertEqual(
                    try search(store, one), expected { $0.contains(one) }, "step \(step)")
                XCTAssertEqual(
                    try search(store, "\(one) -\(other)"),
                    expected { $0.contains(one) && !$0.contains(other) }, "step \(step)")
                XCTAssertEqual(
                    try search(store, "-\(other)"), expected { !$0.contains(other) },
                    "step \(step)")
                XCTAssertEqual(
                    try search(store, "\"\(one) \(other)\""),
                    expected { text in
                        zip(text, text.dropFirst()).contains { $0 == one && $1 == other }
                    }, "step \(step)")
            }
        }
    }

    func testScriptsCasesAndMarks() throws {
        let store = try open()
        let table = [
            ("шёлк", "шелк"), ("καφές", "καφες"), ("Σίσυφος", "ΣΊΣΥΦΟΣ"), ("مُحَمَّد", "محمد"),
            ("Größe", "grosse"), ("tomatoes", "tomat"), ("Łódź", "lodz"), ("ｆｕｌｌ width", "full"),
            ("还有可能是定期检修", "可能"), ("日本語のテスト", "のテスト"), ("ﾃｽﾄ half", "テスト half"),
            ("안녕하세요", "녕하"), ("สวัสดีครับ", "ดีค"), ("composed é1", "e\u{301}1"),
            ("decomposed e\u{301}2", "é2"), ("well 👍🏽 done", "👍"), ("🇩🇪🇺🇸", "🇺🇸"),
        ]
        try fill(store, table.map(\.0))
        for (text, query) in table { XCTAssertEqual(try search(store, query), [text], query) }
        for query in ["能可", "是还", "🇪🇺", "omatoes", "\"tomat\"", "本テ"] {
            XCTAssertEqual(try search(store, query), [], query)
        }
        XCTAssertEqual(try search(store, "可能 -定期"), [])
        XCTAssertEqual(try search(store, "可能 | テスト").count, 3)
        XCTAssertEqual(try search(store, "テスト").count, 2)
    }

    /// Of many words with one beginning, the most frequent are found.
    func testManyWordsBeginAlike() throws {
        let store = try open()
        let letters = Array("abcdefghijklmnopqrstuvwxyz").map(String.init)
        try fill(
            store,
            (0..<200).map { "tom\(letters[$0 / 26])\(letters[$0 % 26])" }
                + Array(repeating: "tomzz", count: 20))
        let found = try search(store, "tom")
        XCTAssertEqual(found.filter { $0 == "tomzz" }.count, 20)
        XCTAssertGreaterThanOrEqual(found.count, 64)
        XCTAssertEqual(try search(store, "tomab"), ["tomab"])
    }

    /// The index of an older file is made anew in slices; all is found meanwhile, and after it.
    func testTheIndexIsMadeAnew() throws {
        var store = try open()
        try fill(store, (0..<2_000).map { "word \($0) \($0 % 2 == 0 ? "even" : "odd")" })
        try catalogueAll(store)
        try store.commit()
        store.close()
        try shell("UPDATE state SET indexed_from = (SELECT max(place) + 1 FROM catalogue)")
        store = try open()
        try store.editChat(chatID(5), content: bytes("edited"))
        XCTAssertEqual(store.chatsToCatalogue, 2_000)
        for _ in 0..<6 {
            XCTAssertEqual(try searchAll(store, "even word").count, 1_000)
            XCTAssertEqual(try searchAll(store, "edited"), ["edited"])
            XCTAssertEqual(try searchAll(store, "-word"), ["edited"])
            try store.catalogueSomeWaiting()
            try store.commit()
        }
        XCTAssertEqual(store.chatsToCatalogue, 0)
        XCTAssertEqual(
            try shell("SELECT indexed_from FROM state"), "-9223372036854775808")
    }

    /// A search to its end, however many turns it takes.
    private func searchAll(_ store: Store, _ query: String) throws -> [String] {
        var filter = ChatFilter()
        filter.query = bytes(query)
        var found: [String] = []
        var position: ChatPosition?
        while case .paused(let after, _) = try store.chats(
            filter, after: position, skip: 0, limit: .max,
            {
                found.append(String($0.content))
                return true
            })
        { position = after }
        return found
    }

    /// Words that are nowhere together are passed over in slices, and none twice.
    func testWordsThatNeverMeetCostABoundedSlice() throws {
        let store = try open()
        for index in 0..<6_000 as Range<Int64> {
            try addChat(chatID(index), index % 2 == 0 ? "hay" : "stack", to: store)
        }
        try addChat(chatID(6_000), String(repeating: "a b ", count: 900), to: store)
        try catalogueAll(store)
        XCTAssertEqual(try searchAll(store, "hay stack"), [])
        let phrase = "\"" + String(repeating: "a b ", count: 30) + "c\""
        XCTAssertEqual(try searchAll(store, phrase), [])
    }

    /// The index is one segment per batch only if its rows come in order.
    func testChatsThatAreDatedBackAreIndexedTogether() throws {
        let store = try open()
        var random = SeededGenerator(seed: 77)
        for index in 0..<256 as Range<Int64> {
            let id = chatID(1000 + index)
            try addChat(
                id, at: moment(of: id) - Int64.random(in: 0..<500, using: &random),
                "word \(index)", to: store)
        }
        try store.catalogueSomeWaiting()
        try store.commit()
        XCTAssertEqual(try shell("SELECT count(*) FROM catalogue"), "256")
        XCTAssertEqual(try shell("SELECT count(DISTINCT segid) FROM chats_text_idx"), "1")
    }

    func testASearchIsCombinedWithEveryOtherFilter() throws {
        let store = try open()
        for index in 0..<200 as Range<Int64> {
            try addChat(
                chatID(index), by: index % 2, in: index % 3, thread: index % 5 == 0 ? 9 : nil,
                index % 7 == 0 ? "yes no" : "yes", to: store)
        }
        var filter = ChatFilter()
        filter.author = UserID(1)
        filter.channel = ChannelID(2)
        filter.afterID = chatID(20)
        filter.before = moment(of: chatID(180))
        filter.thread = .outside
        let admitted = (21..<180).filter { $0 % 2 == 1 && $0 % 3 == 2 && $0 % 5 != 0 }
        XCTAssertEqual(try search(store, "yes", filter).count, admitted.count)
        XCTAssertEqual(
            try search(store, "yes -no", filter).count, admitted.filter { $0 % 7 != 0 }.count)
        XCTAssertEqual(
            try search(store, "-no", filter).count, admitted.filter { $0 % 7 != 0 }.count)
        XCTAssertEqual(try search(store, "-yes", filter), [])
        XCTAssertEqual(try search(store, "no", filter, limit: 2).count, 2)
    }

    func testPiecesOfASearchMakeTheWhole() throws {
        let store = try open()
        for index in 0..<150 as Range<Int64> {
            // Three to a millisecond.
            try addChat(chatID(index / 3, index % 3), "word \(index)", to: store)
        }
        var filter = ChatFilter()
        filter.query = bytes("word -\"word 77\"")
        var pieces: [String] = []
        var last: ChatPosition?
        for _ in 0..<40 {
            _ = try store.chats(filter, after: last, skip: 0, limit: 4) { chat in
                pieces.append(String(chat.content))
                last = ChatPosition(createdAt: chat.createdAt, id: chat.id)
                return true
            }
        }
        XCTAssertEqual(
            pieces, (0..<150).filter { $0 != 77 }.reversed().map { "word \($0)" })
    }

    func testASearchThatFindsLittlePausesAndGoesOn() throws {
        let store = try open()
        for index in 0..<10_000 as Range<Int64> {
            try addChat(chatID(index), index == 3 ? "needle" : "hay stack hay", to: store)
        }
        try catalogueAll(store)
        // Texts that are read cost more than what the index passes over.
        let table = [("-hay", 7), ("needle -hay", 0), ("needle -\"hay hay\"", 0), ("needle", 0)]
        for (query, expectedPauses) in table {
            var filter = ChatFilter()
            filter.query = bytes(query)
            var found: [String] = []
            var position: ChatPosition?
            var pauses = 0
            while case .paused(let after, _) = try store.chats(
                filter, after: position, skip: 0, limit: 9,
                {
                    found.append(String($0.content))
                    return true
                })
            {
                position = after
                pauses += 1
            }
            XCTAssertEqual(found, ["needle"], "the query is: \(query)")
            XCTAssertEqual(pauses, expectedPauses, "the query is: \(query)")
        }
    }
}
