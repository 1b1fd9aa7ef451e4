@testable import ServerCore
import XCTest

/// How WebSockets end.
final class ClosingTests: WebSocketTestCase {
    // MARK: Closing

    func testWhatBreaksTheProtocolIsClosedWithItsCode() {
        let cases: [(String, [UInt8], Int)] = [
            ("binary", Client.frame(2, [1, 2]), 1003),
            ("too big", Client.text(String(repeating: "a", count: 16 * 1024 + 1)), 1009),
            ("not UTF-8", Client.frame(1, [0x61, 0xFF]), 1007),
            ("unmasked", [0x81, 0x01, 0x61], 1002),
            ("reserved bits", [0xF1, 0x80, 0, 0, 0, 0], 1002),
        ]
        for (name, bytes, code) in cases {
            let client = open()
            client.peer.send(bytes)
            world.settle()
            client.read()
            XCTAssertEqual(client.closeCode, code, name)
            XCTAssertEqual(
                client.peer.isShutDown, name != "binary", "after an error nothing is awaited")
            client.peer.ends = true
            world.settle()
            XCTAssertTrue(client.peer.isClosed)
        }
        world.assertInvariants()
        XCTAssertEqual(world.server.hub.ring.end, world.server.hub.ring.published)
    }

    func testACloseFromTheClientIsAnsweredWithItsCode() {
        for (sent, expected) in [
            (Client.close(1000), 1000), (Client.close(1001, "bye"), 1001),
            (Client.frame(8, []), 1000),
        ] {
            let client = open()
            client.peer.send(sent)
            world.settle()
            client.closes(expected)
            XCTAssertTrue(client.peer.isShutDown)
            client.peer.ends = true
            world.settle()
            XCTAssertTrue(client.peer.isClosed)
        }
        world.assertInvariants()
    }

    func testACloseFromTheServerWaitsForTheClientsAndEndsWithoutIt() {
        for answers in [true, false] {
            let client = open()
            client.peer.send(Client.frame(2, []))
            world.settle()
            client.closes(1003)
            XCTAssertFalse(client.peer.isClosed)
            if answers {
                client.peer.send(Client.close(1003))
                client.peer.ends = true
                world.settle()
            } else {
                world.advance(World.freeOptions.closeTimeout)
            }
            XCTAssertTrue(client.peer.isClosed)
        }
    }

    func testShutdownTellsEveryoneAndFinishes() {
        let sockets = [open(), open()]
        let idle = world.connect()
        let answering = world.connect()
        answering.peer.window = 5
        answering.send("GET", "/api/self", token: token)
        world.settle()
        world.server.beginShutdown()
        world.settle()
        let late = SimulatedPeer(address: world.newAddress())
        world.turn(arriving: [late])
        XCTAssertTrue(late.isClosed, "no new peers")
        XCTAssertTrue(idle.peer.isClosed)
        for socket in sockets {
            socket.closes(1001)
            socket.peer.send(Client.close(1001))
            socket.peer.ends = true
        }
        answering.peer.window = .max
        world.settle()
        answering.read()
        XCTAssertEqual(answering.responses.map(\.status), [200], "what was begun is finished")
        XCTAssertTrue(world.server.isFinished)
    }

    /// Frames that a paused connection still has to go through come before what it sends
    /// after our close frame: what looks like a frame there is the rest of one.
    func testAPausedConnectionThatIsClosedStillHearsTheClientsClose() {
        let client = open()
        client.peer.window = 0
        let pings = (0..<200).flatMap { _ in Client.frame(9, [UInt8](repeating: 2, count: 120)) }
        let header: [UInt8] = [0x82, 0xFE, 0x01, 0x00, 0, 0, 0, 0]
        client.peer.send(pings + header + [UInt8](repeating: 0x61, count: 100))
        world.settle()
        world.server.beginShutdown()
        world.turn()
        let misleading: [UInt8] = [0x82, 0xFE, 0x3F, 0xFF] + [UInt8](repeating: 0, count: 152)
        client.peer.send(misleading + Client.close(1001))
        world.settle()
        client.peer.window = .max
        world.settle()
        client.closes(1001)
        XCTAssertTrue(client.peer.isShutDown, "the client's close frame was understood")
    }

    // MARK: Time

    func testASilentPeerIsPingedThenDroppedUnlessItAnswers() {
        let options = World.freeOptions
        let alive = open()
        let dead = open()
        world.advance(options.pingInterval - 1)
        XCTAssertEqual(alive.count(ofOpcode: 9), 0)
        world.advance(1)
        XCTAssertEqual(alive.count(ofOpcode: 9), 1)
        XCTAssertEqual(dead.count(ofOpcode: 9), 1)
        alive.peer.send(Client.frame(10, []))
        world.advance(options.pingTimeout)
        XCTAssertTrue(dead.peer.isClosed)
        XCTAssertFalse(alive.peer.isClosed)
        XCTAssertEqual(alive.count(ofOpcode: 9), 2, "the next interval began with its answer")
    }

    func testATrickleOfHalfAMessageIsNoSignOfLife() {
        let options = World.freeOptions
        let client = open()
        let bytes = Client.text(String(repeating: "a", count: 1_000))
        for byte in bytes.prefix(60) {
            client.peer.send([byte])
            world.advance((options.pingInterval + options.pingTimeout) / 60)
        }
        XCTAssertTrue(client.peer.isClosed)
        world.assertInvariants()
        XCTAssertEqual(world.freeInputs, options.inputBuffers)
    }

    func testAnExpiredTokenCloses4001() {
        let soon = world.wall / 1_000 + 10
        let talking = world.connect().open(token: world.token(world.admin, expiresAt: soon))
        let silent = world.connect().open(token: world.token(world.admin, expiresAt: soon))
        let pinging = world.connect().open(token: world.token(world.admin, expiresAt: soon))
        for _ in 0..<9 {
            pinging.peer.send(Client.frame(9, []))
            world.advance(1_000)
        }
        talking.read()
        XCTAssertNil(talking.closeCode)
        world.advance(2_000)
        talking.say("too late")
        pinging.peer.send(Client.frame(9, []))
        world.settle()
        talking.closes(4001)
        pinging.closes(4001)
        world.advance(World.freeOptions.pingInterval)
        silent.closes(4001)
        XCTAssertEqual(silent.chats, [])
    }
}
