import Foundation
import Memory
import Model
@testable import ServerCore
import TestSupport
import XCTest

/// Lists of any length through one small buffer.
final class ListingTests: XCTestCase {
    private let small: ServerOptions = {
        var options = World.freeOptions
        options.limits.contentScalarsMax = 500
        return options
    }()

    private func ask(
        _ world: World, _ path: String, window: Int? = nil, version: String = "1.1"
    ) -> Response {
        let client = world.connect()
        client.send("GET", path, token: world.token(world.admin), version: version)
        if let window {
            client.peer.window = 0
            while client.responses.isEmpty, !client.peer.isClosed {
                client.peer.window += window
                world.settle()
                XCTAssertLessThanOrEqual(world.server.options.outputBuffers - world.freeOutputs, 1)
                // Reading it anew for every small piece would take its time.
                if window > 1_000 || world.freeOutputs == world.server.options.outputBuffers {
                    client.read()
                }
            }
        }
        world.settle()
        client.read()
        client.peer.breaks = true
        world.settle()
        XCTAssertEqual(client.responses.count, 1)
        return client.responses.first ?? Response(status: 0, fields: [:], body: [])
    }

    /// Worst cases of content: every character escaped, four bytes each, or plain.
    private func content(_ number: Int, _ generator: inout SeededGenerator) -> String {
        let start = "\(number) "
        let filler: String
        switch number % 4 {
        case 0: filler = String(repeating: "\"", count: 3_990)
        case 1: filler = String(repeating: "\u{1F600}", count: 3_990)
        case 2: filler = String(repeating: "\\\n\t\"", count: 997)
        default:
            filler = String(repeating: "a", count: Int.random(in: 1...3_990, using: &generator))
        }
        return start + filler + "."
    }

    func testTwoHundredOfTheLongestChatsStreamThroughOneBufferAndAreWhatWasStored() throws {
        let world = try World()
        var generator = SeededGenerator(seed: 11)
        var stored: [(id: Int64, content: String)] = []
        for number in 0..<200 {
            let text = content(number, &generator)
            let id = try world.addChat(text)
            for reaction in 0..<(number % 10 == 0 ? Limits.reactionsPerChatMax : number % 3) {
                let name = lent(String(repeating: "\"", count: 60) + "\(reaction)")
                _ = try world.store.setReaction(
                    chat: ChatID(id), user: UserID(1), reaction: name, present: true)
            }
            stored.append((id, text))
        }
        try world.store.commit()
        for window in [nil, 700, 5_000, 65_536] {
            let answer = ask(
                world, "/api/channels/\(world.general)/chats/latest?size=200", window: window)
            XCTAssertEqual(answer.status, 200)
            XCTAssertEqual(answer.fields["transfer-encoding"], "chunked")
            let chats = answer.array
            XCTAssertEqual(chats.count, 200, "window \(String(describing: window))")
            XCTAssertEqual(chats.map { $0["id"] as? Int64 }, stored.reversed().map { $0.id })
            XCTAssertEqual(
                chats.map { $0["content"] as? String }, stored.reversed().map { $0.content })
            for (index, chat) in chats.enumerated() {
                let number = 199 - index
                let count = number % 10 == 0 ? Limits.reactionsPerChatMax : number % 3
                XCTAssertEqual((chat["reactions"] as? [String: Int])?.count, count)
            }
            world.assertInvariants()
        }
    }

    func testPagesAndFiltersReachFromPieceToPiece() throws {
        let world = try World(small)
        // So many that a piece is made turns after the request has gone.
        for number in 0..<300 {
            try world.addChat(
                "\(number) " + String(repeating: number % 2 == 0 ? "even " : "odd ", count: 90))
        }
        try world.store.commit()
        let page = ask(world, "/api/chats?page=1&size=50").array
        XCTAssertEqual(
            page.map {
                ($0["content"] as? String)?.split(separator: " ").first.flatMap { Int($0) }
            }, (200..<250).reversed().map { $0 })
        let found = ask(world, "/api/chats?size=200&query=even").array
        XCTAssertEqual(
            found.map {
                ($0["content"] as? String)?.split(separator: " ").first.flatMap { Int($0) }
            }, stride(from: 298, through: 0, by: -2).map { $0 })
    }

    /// Also where the last row leaves no byte for the bracket that ends the list.
    func testAListIsWholeWhereverItsLastRowEndsInTheBuffer() throws {
        let world = try World(small)
        let ids = try (0..<100).map { _ in
            ChatID(try world.addChat(String(repeating: "x", count: 400)))
        }
        try world.store.commit()
        let row = (ask(world, "/api/chats?size=11").body.count - 2) / 11
        let most = world.server.options.outputBytes / row
        for count in most - 3...most {
            let last = ids[ids.count - count]
            for length in 1...499 {
                _ = try world.store.editChat(
                    last, content: lent(String(repeating: "y", count: length)))
                try world.store.commit()
                let list = ask(world, "/api/chats?size=\(count)").array
                XCTAssertEqual(list.count, count, "the last has \(length)")
            }
        }
    }

    func testAListForHTTP10EndsWithTheConnection() throws {
        let world = try World()
        for number in 0..<40 {
            try world.addChat("\(number)" + String(repeating: "x", count: 3_000))
        }
        try world.store.commit()
        let answer = ask(world, "/api/chats?size=200", version: "1.0")
        XCTAssertNil(answer.fields["transfer-encoding"])
        XCTAssertNil(answer.fields["content-length"])
        XCTAssertEqual(answer.fields["connection"], "close")
        XCTAssertEqual(answer.array.count, 40)
        let head = world.connect()
        XCTAssertEqual(
            head.ask("HEAD", "/api/chats?size=200", token: world.token(world.admin)).status, 200)
        XCTAssertEqual(head.ask("GET", "/api/self", token: world.token(world.admin)).status, 200)
    }

    func testUsersStreamInTheOrderOfTheirJoining() throws {
        let world = try World(small)
        for number in 0..<300 { try world.addUser("member \(number)") }
        let users = ask(world, "/api/users", window: 900).array
        XCTAssertEqual(
            users.map { $0["username"] as? String }, ["admin"] + (0..<300).map { "member \($0)" })
    }

    // MARK: Trees

    /// The tree as nested names, from the answer.
    private func shape(_ trees: [[String: Any]]) -> [String] {
        var lines: [String] = []
        var stack = trees.reversed().map { ($0, 0) }
        while let (tree, depth) = stack.popLast() {
            lines.append("\(depth) \(tree["name"] as? String ?? "?")")
            let children = tree["children"] as? [[String: Any]] ?? []
            stack += children.reversed().map { ($0, depth + 1) }
        }
        return lines
    }

    func testADeepTreeAndAWideOneNestAsTheyShould() throws {
        let world = try World(small)
        var expected = ["0 general"]
        var parent: Int64?
        for depth in 0..<100 {
            parent = try world.addChannel(
                "deep \(depth)", under: parent, ordinality: depth == 0 ? 1 : 0)
            expected.append("\(depth) deep \(depth)")
        }
        let wide = try world.addChannel("wide", ordinality: 2)
        expected.append("0 wide")
        for number in 0..<300 {
            try world.addChannel("child \(number)", under: wide, ordinality: Int64(number))
            expected.append("1 child \(number)")
        }
        try world.store.commit()
        for window in [nil, 333, 4_000] {
            XCTAssertEqual(shape(ask(world, "/api/channels", window: window).array), expected)
        }
    }

    /// Rows of many lengths put the cut between two buffers at every kind of place: before a
    /// child, a sibling, an uncle, and the end.
    func testATreeNestsWhereverItIsCutBetweenBuffers() throws {
        for seed in 0..<12 as Range<UInt64> {
            let world = try World(small, seed: seed)
            var generator = SeededGenerator(seed: seed)
            var children: [Int64?: [(id: Int64, name: String)]] = [
                nil: [(world.general, "general")]
            ]
            var all: [Int64] = []
            for number in 0..<120 {
                let parent =
                    Int.random(in: 0..<4, using: &generator) == 0
                    ? nil : all.suffix(6).randomElement(using: &generator)
                let name = "channel \(number)"
                let id = try world.addChannel(
                    name, under: parent, ordinality: Int64(children[parent, default: []].count),
                    description: String(
                        repeating: "d", count: Int.random(in: 0...500, using: &generator)))
                children[parent, default: []].append((id, name))
                all.append(id)
            }
            try world.store.commit()
            func lines(_ parent: Int64?, _ depth: Int) -> [String] {
                children[parent, default: []].flatMap {
                    ["\(depth) \($0.name)"] + lines($0.id, depth + 1)
                }
            }
            XCTAssertEqual(shape(ask(world, "/api/channels").array), lines(nil, 0), "seed \(seed)")
        }
    }
}
