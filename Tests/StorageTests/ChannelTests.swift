import Memory
import Model
import Storage
import XCTest

final class ChannelTests: StoreTestCase {
    func testAChannelIsReadAsWritten() throws {
        let store = try open()
        let written = Channel(
            id: ChannelID(5), parent: ChannelID(4), ordinality: -3, name: bytes("général"),
            description: bytes("words"), capabilities: bytes("[]"), createdAt: 77,
            createdBy: UserID(9))
        try store.createChannel(written)
        let channel = try XCTUnwrap(store.channel(ChannelID(5)))
        XCTAssertEqual(channel.parent, ChannelID(4))
        XCTAssertEqual(channel.ordinality, -3)
        XCTAssertEqual(String(channel.name), "général")
        XCTAssertEqual(channel.description.map { String($0) }, "words")
        XCTAssertEqual(String(channel.capabilities), "[]")
        XCTAssertEqual(channel.createdAt, 77)
        XCTAssertEqual(channel.createdBy, UserID(9))
        XCTAssertEqual(try store.channelCount(), 1)
    }

    func testSiblingsComeByOrdinalityThenNameThenID() throws {
        let store = try open()
        try addChannel(1, ordinality: 1, "a", to: store)
        try addChannel(2, ordinality: 0, "b", to: store)
        try addChannel(3, ordinality: 0, "a", to: store)
        try addChannel(4, parent: 2, ordinality: 10, "x", to: store)
        try addChannel(5, parent: 2, ordinality: 9, "x", to: store)
        try addChannel(6, ordinality: 0, "a", to: store)
        XCTAssertEqual(try tree(of: store), ["0 3", "0 6", "0 2", "1 5", "1 4", "0 1"])
        XCTAssertEqual(try tree(of: store, skip: 4), ["1 4", "0 1"])
        XCTAssertEqual(try tree(of: store, skip: 9), [])
    }

    func testAVeryDeepTreeIsWalked() throws {
        let store = try open()
        let depth: Int64 = 3000
        for id in 1...depth { try addChannel(id, parent: id == 1 ? nil : id - 1, "c", to: store) }
        try addChannel(depth + 1, parent: 1, ordinality: 1, "last", to: store)
        let lines = try tree(of: store)
        XCTAssertEqual(lines.count, Int(depth) + 1)
        XCTAssertEqual(lines[Int(depth) - 1], "\(depth - 1) \(depth)")
        XCTAssertEqual(lines.last, "1 \(depth + 1)")
    }

    func testARandomTreeIsInTheModelsOrderFromEveryPiece() throws {
        let store = try open()
        var random = SeededGenerator(seed: 1)
        var nodes: [(id: Int64, parent: Int64?, ordinality: Int64, name: String)] = []
        for id in 1...200 as ClosedRange<Int64> {
            let parent = Bool.random(using: &random) ? nodes.randomElement(using: &random)?.id : nil
            let node = (
                id: id, parent: parent, ordinality: Int64.random(in: 0...3, using: &random),
                name: ["a", "b", "B", "ä"].randomElement(using: &random)!
            )
            nodes.append(node)
            try addChannel(
                node.id, parent: node.parent, ordinality: node.ordinality, node.name, to: store)
        }
        func walk(_ parent: Int64?, _ depth: Int) -> [String] {
            let children = nodes.filter { $0.parent == parent }.sorted { left, right in
                if left.ordinality != right.ordinality { return left.ordinality < right.ordinality }
                if left.name == right.name { return left.id < right.id }
                return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
            }
            return children.flatMap { ["\(depth) \($0.id)"] + walk($0.id, depth + 1) }
        }
        let expected = walk(nil, 0)
        XCTAssertEqual(try tree(of: store), expected)
        var pieces: [String] = []
        while pieces.count < expected.count {
            pieces += try tree(of: store, skip: pieces.count, limit: 7)
        }
        XCTAssertEqual(pieces, expected)
    }

    func testRenumberingFollowsTheModel() throws {
        let store = try open()
        var random = SeededGenerator(seed: 2)
        var siblings: [(id: Int64, ordinality: Int64)] = []
        try addChannel(1000, "parent", to: store)
        for id in 1...60 as ClosedRange<Int64> {
            let ordinality = Int64.random(in: -2...70, using: &random)
            try addChannel(id, parent: 1000, ordinality: ordinality, "c", to: store)
            let before = siblings
            siblings.append((id, ordinality))
            siblings.sort {
                ($0.ordinality, $0.id == id ? 1 : 0) < ($1.ordinality, $1.id == id ? 1 : 0)
            }
            for place in siblings.indices { siblings[place].ordinality = Int64(place) }

            var expected = siblings.filter { sibling in
                sibling.id == id
                    ? sibling.ordinality != ordinality
                    : !before.contains { $0 == sibling }
            }.map { "\($0.id) \($0.ordinality)" }
            var changed: [String] = []
            try store.renumberSiblings(of: ChannelID(1000), newcomer: ChannelID(id)) {
                changed.append("\($0.id.value) \($0.ordinality)")
                XCTAssertEqual($0.parent, ChannelID(1000))
            }
            expected.sort()
            XCTAssertEqual(changed.sorted(), expected)
            try store.commit()
        }
        for sibling in siblings {
            XCTAssertEqual(
                try store.channel(ChannelID(sibling.id))?.ordinality, sibling.ordinality)
        }
        XCTAssertEqual(try store.channel(ChannelID(1000))?.ordinality, 0)
    }

    func testATiePutsTheNewcomerAfterTheOlderEvenIfItsIDIsLower() throws {
        let store = try open()
        try addChannel(3, ordinality: 0, "old", to: store)
        try addChannel(4, ordinality: 1, "older", to: store)
        try addChannel(2, ordinality: 0, "moved here", to: store)
        try store.renumberSiblings(of: nil, newcomer: ChannelID(2)) { _ in }
        XCTAssertEqual(try tree(of: store), ["0 3", "0 2", "0 4"])
    }

    private func tree(of store: Store, skip: Int = 0, limit: Int = .max) throws -> [String] {
        var lines: [String] = []
        try store.channelTree(skip: skip) { channel, depth in
            lines.append("\(depth) \(channel.id.value)")
            return lines.count < limit
        }
        return lines
    }
}
