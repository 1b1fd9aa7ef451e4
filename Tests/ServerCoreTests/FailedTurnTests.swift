import Foundation
@testable import ServerCore
import XCTest

/// A disk that refuses: nobody is told what was not stored, and the server lives on.
final class FailedTurnTests: WebSocketTestCase {
    private func chatsStored() -> [String] {
        world.connect().ask("GET", "/api/chats?size=200", token: token).array
            .map { $0["content"] as? String ?? "?" }
    }

    private func post(_ client: Client, _ content: String) {
        client.send(
            "POST", "/api/channels/\(world.general)/chats", token: token,
            body: #"{"content":"\#(content)"}"#)
    }

    func testAFailedCommitIsToldToThoseWhoseTurnItWasAndToNobodyElse() {
        let writers = [open(), open()]
        let reader = open()
        let poster = world.connect()
        writers[0].say("before")
        world.settle()

        world.diskIsFull = true
        for writer in writers { writer.say("lost") }
        post(poster, "lost")
        world.settle()
        world.diskIsFull = false

        XCTAssertEqual(world.server.statistics.failedCommits, 1)
        for writer in writers {
            XCTAssertEqual(
                writer.messages("error").map { $0["code"] as? String }, ["storage_failed"])
        }
        poster.read()
        XCTAssertEqual(poster.responses.map(\.status), [503])
        XCTAssertNotNil(poster.responses.first?.fields["retry-after"])
        XCTAssertEqual(reader.messages("error").count, 0)
        XCTAssertEqual(reader.chats, ["before"])
        XCTAssertEqual(chatsStored(), ["before"])

        post(poster, "after")
        writers[1].say("and on")
        world.settle()
        poster.read()
        XCTAssertEqual(poster.responses.map(\.status), [503, 200])
        for client in writers + [reader] {
            XCTAssertEqual(Set(client.chats), ["before", "after", "and on"])
            client.assertEventsFollowHello()
        }
        XCTAssertEqual(open().helloEvent, reader.eventIDs.last)
        XCTAssertFalse(world.logged.isEmpty, "the administrator can read of it")
        world.assertInvariants()
    }

    /// Who is online is no change of the store: the news of it survives the turn.
    func testWhoAppearsInAFailedTurnIsAnnouncedAllTheSame() throws {
        let writer = open()
        let newcomer = try world.addUser("newcomer")
        world.diskIsFull = true
        writer.say("lost")
        let socket = world.connect()
        socket.sendHandshake(token: world.token(newcomer))
        world.settle()
        world.diskIsFull = false
        XCTAssertEqual(world.server.statistics.failedCommits, 1)
        let online = writer.messages("user_status_updated").filter {
            $0["userId"] as? Int64 == newcomer && $0["status"] as? String == "ONLINE"
        }
        XCTAssertEqual(online.count, 1)
    }

    /// The first command of the turn has succeeded when the second fails: neither is kept.
    func testACommandThatFailsTakesItsWholeTurnBack() throws {
        try skipOverTLS("a long message takes turns to arrive")
        let small = open()
        let large = open()
        let reader = open()
        small.say("before")
        world.settle()
        try world.limitPages(true)
        var failed = false
        for _ in 0..<20 where !failed {
            small.say("small")
            large.say(String(repeating: "L", count: 4_000))
            world.settle()
            failed = large.messages("error").count > 0
        }
        try world.limitPages(false)
        XCTAssertTrue(failed, "the page limit was never reached")
        for writer in [small, large] {
            XCTAssertTrue(
                writer.messages("error").allSatisfy { $0["code"] as? String == "storage_failed" })
            XCTAssertGreaterThan(writer.messages("error").count, 0)
        }
        XCTAssertEqual(reader.messages("error").count, 0)
        let seen = reader.chats
        XCTAssertEqual(Set(chatsStored()), Set(seen))
        XCTAssertEqual(chatsStored().count, seen.count)
        small.say("after")
        world.settle()
        for client in [small, large, reader] {
            XCTAssertEqual(client.chats.last, "after")
            client.assertEventsFollowHello()
        }
        world.assertInvariants()
    }

    func testARegistrationThatIsNotStoredIsRefusedAndItsNameStaysFree() {
        let watcher = open()
        let client = world.connect()
        let body = #"{"username":"late","password":"long enough"}"#
        world.diskIsFull = true
        XCTAssertEqual(client.ask("POST", "/api/users/register", body: body).status, 503)
        world.diskIsFull = false
        XCTAssertEqual(watcher.messages("user_joined").count, 0)
        XCTAssertEqual(client.ask("POST", "/api/users/register", body: body).status, 200)
        XCTAssertEqual(watcher.messages("user_joined").count, 1)
        watcher.assertEventsFollowHello()
    }

    func testReadingGoesOnWhileTheDiskIsFull() {
        let client = open()
        client.say("before")
        world.settle()
        world.diskIsFull = true
        for _ in 0..<3 {
            client.say("lost")
            world.settle()
            XCTAssertEqual(chatsStored(), ["before"])
        }
        XCTAssertEqual(client.messages("error").count, 3)
        world.assertInvariants()
    }

    func testTheAnswerToHEADHasNoBodyEvenInAFailedTurn() {
        let client = world.connect()
        let writer = open()
        world.diskIsFull = true
        writer.say("lost")
        client.send("HEAD", "/api/self", token: token)
        world.settle()
        XCTAssertEqual(world.server.statistics.failedCommits, 1)
        world.diskIsFull = false
        client.read()
        let answer = client.ask("GET", "/api/self", token: token)
        XCTAssertEqual(answer.object["username"] as? String, "admin")
    }

    func testAListUnderWayIsNotCutByAFailedTurn() throws {
        for number in 0..<60 {
            try world.addChat("\(number)" + String(repeating: "x", count: 3_000))
        }
        try world.store.commit()
        let lister = world.connect()
        lister.peer.window = 1_000
        lister.send("GET", "/api/chats?size=200", token: token)
        world.settle()
        let writer = open()
        for _ in 0..<80 {
            lister.peer.window += 3_000
            writer.say("lost")
            world.diskIsFull = true
            world.turn()
            world.diskIsFull = false
            world.settle()
        }
        lister.peer.window = .max
        world.settle()
        lister.read()
        XCTAssertEqual(lister.responses.map(\.status), [200])
        XCTAssertEqual(lister.responses.first?.array.count, 60)
    }
}
