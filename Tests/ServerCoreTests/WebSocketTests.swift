@testable import ServerCore
import TestSupport
import XCTest

/// The live stream as its readers see it.
final class WebSocketTests: WebSocketTestCase {
    // MARK: Handshake

    func testTheHandshakeAnswersTheKeyAndHelloComesFirst() {
        let client = open()
        XCTAssertEqual(
            client.responses[0].fields["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        XCTAssertEqual(client.types, ["hello", "user_status_updated"])
        XCTAssertEqual(client.messages[0]["userId"] as? Int64, world.admin)
    }

    func testHandshakesThatAreNoneAreRefused() {
        func status(_ method: String, _ path: String, _ fields: [String]) -> Response {
            world.connect().ask(method, path, fields: fields)
        }
        let good = Client.handshakeFields
        XCTAssertEqual(status("GET", "/client", good).status, 401)
        XCTAssertEqual(status("GET", "/client?token=nonsense", good).status, 401)
        XCTAssertEqual(status("POST", "/client?token=\(token!)", good).status, 405)
        XCTAssertEqual(status("GET", "/client?token=\(token!)", []).status, 400)
        let version8 = good.map { $0.replacingOccurrences(of: "13", with: "8") }
        let refused = status("GET", "/client?token=\(token!)", version8)
        XCTAssertEqual(refused.status, 426)
        XCTAssertEqual(refused.fields["sec-websocket-version"], "13")
        XCTAssertEqual(
            status("GET", "/client?token=\(world.token(world.admin, expiresAt: 1))", good).status,
            401)
        XCTAssertEqual(
            world.connect().ask("GET", "/client?x=1&token=\(token!)&y", fields: good).status, 101)
    }

    func testFramesRightBehindTheHandshakeAreTaken() {
        let bytes = Client.request("GET", "/client?token=\(token!)", fields: Client.handshakeFields)
        forEverySplit(of: bytes + Client.frame(9, [7]) + Client.text(world.connect().chat("early")))
        {
            pieces, name in
            let client = world.connect()
            for piece in pieces { client.peer.send(piece) }
            world.settle()
            XCTAssertEqual(client.messages.first?["type"] as? String, "hello", name)
            XCTAssertEqual(client.chats.last, "early", name)
            XCTAssertEqual(client.count(ofOpcode: 10), 1, name)
            client.peer.breaks = true
            world.settle()
        }
        world.assertInvariants()
    }

    // MARK: Events

    func testEventIDsGrowByOneAndOnlyForWhatIsStored() {
        let clients = [open(), open(), open()]
        for number in 0..<5 {
            clients[number % 3].say("chat \(number)")
            clients[0].peer.send(
                Client.text(#"{"type":"chat_typing","channelId":\#(world.general)}"#))
            world.settle()
        }
        for client in clients {
            client.assertEventsFollowHello()
            XCTAssertEqual(client.chats, (0..<5).map { "chat \($0)" })
            XCTAssertEqual(client.messages("chat_typing").count, 5)
            for message in client.messages("chat_typing") { XCTAssertNil(message["eventId"]) }
            for message in client.messages("user_status_updated") {
                XCTAssertNil(message["eventId"])
            }
        }
        XCTAssertEqual(open().helloEvent, clients[0].eventIDs.last)
    }

    /// The newcomer's hello and the first event that it gets have nothing between them, although
    /// chats are written in the very turn of its handshake.
    func testWhoJoinsInTheTurnOfAChatMissesNothing() {
        for order in 0..<2 {
            let writer = open()
            let joiner = world.connect()
            if order == 0 { world.peers.reverse() }
            writer.say("at the same time")
            joiner.sendHandshake(token: token)
            world.settle()
            joiner.assertEventsFollowHello()
            writer.assertEventsFollowHello()
            let seen = joiner.chats.count
            XCTAssertEqual(joiner.helloEvent! + seen, writer.eventIDs.last)
        }
    }

    func testAChatByPOSTReachesEveryoneOnceAndItsAnswerTheSender() throws {
        let reader = open()
        let poster = world.connect()
        let answer = poster.ask(
            "POST", "/api/channels/\(world.general)/chats", token: token,
            body: #"{"content":"by post","nonce":"n1"}"#)
        XCTAssertEqual(answer.status, 200)
        XCTAssertEqual(answer.object["nonce"] as? String, "n1")
        XCTAssertEqual(reader.chats, ["by post"])
        let id = answer.object["id"] as! Int64
        XCTAssertEqual(
            poster.ask("GET", "/api/chats/\(id)", token: token).object["content"] as? String,
            "by post")
    }

    func testWhatIsWrongWithAMessageIsToldToItsSenderAlone() {
        let sender = open()
        let other = open()
        let wrong = [
            ("{", "malformed_json"), ("[]", "invalid_message"), ("{}", "invalid_message"),
            (#"{"type":"nonsense"}"#, "unknown_type"),
            (#"{"type":"chat_written","channelId":1,"content":"x","nonce":"n"}"#, "not_found"),
            (
                #"{"type":"chat_written","channelId":\#(world.general),"content":" "}"#,
                "invalid_message"
            ),
            (
                #"{"type":"chat_typing","channelId":\#(world.general),"threadId":5}"#,
                "invalid_message"
            ),
            (#"{"type":"chat_reaction","chatId":5,"reaction":"+","adding":true}"#, "not_found"),
        ]
        for (text, code) in wrong {
            sender.peer.send(Client.text(text))
            world.settle()
            XCTAssertEqual(sender.messages.last?["type"] as? String, "error", text)
            XCTAssertEqual(sender.messages.last?["code"] as? String, code, text)
            XCTAssertEqual(
                sender.messages.last?["nonce"] as? String, text.contains("nonce") ? "n" : nil)
        }
        XCTAssertEqual(other.messages("error").count, 0)
        sender.say("still here")
        world.settle()
        XCTAssertEqual(other.chats, ["still here"])
    }

    func testMessagesBeyondTheRateAreRefusedToTheirSenderAlone() throws {
        var options = World.freeOptions
        options.messageRate = Rate(3, per: 60_000)
        try use(options)
        let sender = open()
        let other = open()
        for number in 0..<5 { sender.say("\(number)", nonce: "n\(number)") }
        other.say("mine")
        world.settle()
        XCTAssertEqual(sender.chats.sorted(), ["0", "1", "2", "mine"])
        XCTAssertEqual(
            sender.messages("error").map { $0["code"] as? String },
            ["rate_limited", "rate_limited"])
        XCTAssertEqual(sender.messages("error").map { $0["nonce"] as? String }, ["n3", "n4"])
        XCTAssertEqual(other.messages("error").count, 0)
    }

    // MARK: Presence

    func testPresenceCountsConnections() throws {
        let watcher = open()
        let member = try world.addUser("member")
        func statuses() -> [String] {
            watcher.messages("user_status_updated").filter { $0["userId"] as? Int64 == member }
                .map { $0["status"] as? String ?? "?" }
        }
        func shown() -> String? {
            let user = world.connect().ask("GET", "/api/users/\(member)", token: token).object
            return (user["status"] as? [String: Any])?["onlineStatus"] as? String
        }
        XCTAssertEqual(shown(), "OFFLINE")
        let first = open(as: member)
        let second = open(as: member)
        XCTAssertEqual(statuses(), ["ONLINE"])
        XCTAssertEqual(shown(), "ONLINE")
        first.peer.breaks = true
        world.settle()
        XCTAssertEqual(statuses(), ["ONLINE"])
        second.peer.send(Client.close(1000))
        world.settle()
        XCTAssertEqual(statuses(), ["ONLINE", "OFFLINE"])
        XCTAssertEqual(shown(), "OFFLINE")
        _ = open(as: member)
        XCTAssertEqual(statuses(), ["ONLINE", "OFFLINE", "ONLINE"])
    }
}
