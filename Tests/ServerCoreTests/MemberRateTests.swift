@testable import ServerCore
import XCTest

/// What one member may do per minute, over all their connections (protocol D10, Rates).
final class MemberRateTests: WebSocketTestCase {
    private func use(changes: Int, marks: Int = 0, searches: Int = 0) throws {
        var options = World.freeOptions
        options.changeRate = Rate(changes, per: 60_000)
        options.markRate = Rate(marks, per: 60_000)
        options.searchRate = Rate(searches, per: 60_000)
        try use(options)
    }

    private func profile(_ number: Int) -> Response {
        world.connect().ask(
            "PATCH", "/api/self", token: token, body: #"{"nickname":"name\#(number)"}"#)
    }

    func testEveryChangeIsPaidForFromOneBucket() throws {
        try use(changes: 4)
        let socket = open()
        socket.say("one")
        world.settle()
        let chat = (socket.messages("chat_sent").first?["chat"] as? [String: Any])?["id"] as? Int
        let path = "/api/chats/\(chat ?? 0)"
        XCTAssertEqual(profile(1).status, 200)
        XCTAssertEqual(
            world.connect().ask(
                "PATCH", path, token: token, body: #"{"content":"edited"}"#).status, 200)
        XCTAssertEqual(
            world.connect().ask(
                "PUT", "/api/self/status", token: token, body: #"{"onlineStatus":"AWAY"}"#).status, 200)
        let refused = profile(2)
        XCTAssertEqual(refused.status, 429)
        XCTAssertEqual(refused.fields["retry-after"], "15")
        XCTAssertEqual(world.connect().ask("DELETE", path, token: token).status, 429)
        open().say("two")
        socket.say("three", nonce: "mine")
        world.settle()
        XCTAssertEqual(socket.messages("error").map { $0["code"] as? String }, ["rate_limited"])
        XCTAssertEqual(socket.messages("error").map { $0["nonce"] as? String }, ["mine"])
        XCTAssertEqual(socket.chats, ["one"])
        XCTAssertEqual(world.connect().ask("GET", "/api/self", token: token).status, 200)
        world.advance(15_001)
        XCTAssertEqual(profile(3).status, 200)
        world.assertInvariants()
    }

    func testOneMemberCostsAnotherNothing() throws {
        try use(changes: 1)
        XCTAssertEqual(profile(1).status, 200)
        XCTAssertEqual(profile(2).status, 429)
        let other = world.token(try world.addUser("other"))
        let body = #"{"nickname":"another"}"#
        XCTAssertEqual(
            world.connect().ask("PATCH", "/api/self", token: other, body: body).status, 200)
    }

    func testTheTerminalHasNone() throws {
        try use(changes: 1)
        for number in 0..<3 {
            let answer = world.connectPlainly(from: .controlSocket).ask(
                "PATCH", "/api/self", body: #"{"nickname":"name\#(number)"}"#)
            XCTAssertEqual(answer.status, 200)
        }
    }

    func testTypingHasABucketOfItsOwn() throws {
        try use(changes: 1, marks: 2)
        let (socket, other) = (open(), open(as: try world.addUser("other")))
        for _ in 0..<3 {
            socket.peer.send(
                Client.text(#"{"type":"chat_typing","channelId":\#(world.general),"sentAt":1}"#))
        }
        socket.say("and a change")
        world.settle()
        XCTAssertEqual(other.messages("chat_typing").count, 2)
        XCTAssertEqual(other.chats, ["and a change"])
        XCTAssertEqual(socket.messages("error").map { $0["code"] as? String }, ["rate_limited"])
    }

    func testSearchesHaveARateAndShortListsHaveNone() throws {
        try use(changes: 0, searches: 2)
        let statuses = (0..<3).map { _ in
            world.connect().ask("GET", "/api/chats?query=word", token: token).status
        }
        XCTAssertEqual(statuses, [200, 200, 429])
        for _ in 0..<5 {
            XCTAssertEqual(world.connect().ask("GET", "/api/chats", token: token).status, 200)
            XCTAssertEqual(world.connect().ask("GET", "/api/users", token: token).status, 200)
        }
    }

    func testListsThatTakeMoreThanOnePieceHaveTheSameRate() throws {
        try use(changes: 0, searches: 2)
        for _ in 0..<40 { try world.addChat(String(repeating: "long ", count: 300)) }
        let statuses = (0..<3).map { _ in
            world.connect().ask("GET", "/api/chats?size=40", token: token).status
        }
        XCTAssertEqual(statuses, [200, 200, 429])
        world.assertInvariants()
    }
}
