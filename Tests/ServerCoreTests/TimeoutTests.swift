@testable import ServerCore
import XCTest

/// Nobody may hold a place for longer than the settings allow.
final class TimeoutTests: XCTestCase {
    private var world: World!
    private let options = World.freeOptions

    override func setUpWithError() throws { world = try World() }
    override func tearDown() { world = nil }

    func testASilentConnectionIsClosedAtItsIdleTime() {
        let client = world.connect()
        world.advance(options.idleTimeout - 1)
        XCTAssertFalse(client.peer.isClosed)
        world.advance(1)
        XCTAssertTrue(client.peer.isClosed)
        XCTAssertEqual(client.peer.received, [])
    }

    func testTheIdleTimeBeginsAnewWithEveryAnswer() {
        let client = world.connect()
        for _ in 0..<3 {
            world.advance(options.idleTimeout - 10)
            XCTAssertEqual(
                client.ask("GET", "/api/self", token: world.token(world.admin)).status, 200)
        }
        world.advance(options.idleTimeout)
        XCTAssertTrue(client.peer.isClosed)
    }

    /// In one piece or a byte a second, in its head or its body: a request has its time from
    /// its first byte on.
    func testAHalfRequestIsAnswered408InTimeHoweverItTrickles() {
        let head = "GET /api/self HTTP/1.1\r\nHost: a\r\nX-Padding: "
        let body = "POST /api/tokens HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n"
        let chunked = "POST /api/tokens HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;"
        for start in ["G", head, body, chunked] {
            for trickles in [false, true] {
                let client = world.connect()
                client.peer.send(start)
                for _ in 0..<14 {
                    world.advance(1_000)
                    if trickles { client.peer.send("a") }
                }
                client.read()
                XCTAssertEqual(client.responses.count, 0)
                world.advance(1_000)
                client.read()
                XCTAssertEqual(client.responses.map(\.status), [408], start)
                for _ in 0..<6 {
                    client.peer.send("a")
                    world.advance(1_000)
                }
                XCTAssertTrue(client.peer.isClosed)
            }
        }
        world.assertInvariants()
        XCTAssertEqual(world.freeInputs, options.inputBuffers)
    }

    func testWhoDoesNotReadItsAnswerIsCutOff() {
        let client = world.connect()
        client.peer.window = 7
        client.send("GET", "/api/self", token: world.token(world.admin))
        world.advance(options.writeTimeout - 1)
        XCTAssertFalse(client.peer.isClosed)
        world.advance(1)
        XCTAssertTrue(client.peer.isClosed)
        world.assertInvariants()
    }

    func testWhoWaitsForAPasswordIsNotTimedOut() throws {
        var slow = options
        slow.passwordRounds = 100_000
        slow.passwordRoundsPerSlice = 1_000
        world = try World(slow)
        let client = world.connect()
        client.send(
            "POST", "/api/tokens", body: #"{"username":"admin","password":"\#(World.password)"}"#)
        for _ in 0..<50 {
            world.turn()
            world.monotonic += options.idleTimeout
        }
        world.settle()
        client.read()
        XCTAssertEqual(client.responses.map(\.status), [200])
    }

    func testTheServerSleepsUntilTheNextDeadline() {
        XCTAssertNil(world.server.waitTime, "with nobody there, for ever")
        let client = world.connect()
        world.settle()
        XCTAssertEqual(world.server.waitTime, options.idleTimeout)
        client.peer.send("G")
        world.settle()
        XCTAssertEqual(world.server.waitTime, options.requestTimeout)
        client.peer.breaks = true
        world.settle()
        XCTAssertNil(world.server.waitTime)
    }

    func testATimeoutThatChangesCountsForThoseWhoWaitAlready() {
        let first = world.connect()
        world.settle()
        world.advance(10)
        let second = world.connect()
        world.settle()
        var changed = world.server.options
        changed.idleTimeout = 1_000
        world.server.goOn(with: changed)
        let third = world.connect()
        world.settle()
        world.advance(989)
        XCTAssertFalse(first.peer.isClosed)
        world.advance(1)
        XCTAssertTrue(first.peer.isClosed)
        XCTAssertFalse(second.peer.isClosed)
        world.advance(10)
        XCTAssertTrue(second.peer.isClosed)
        XCTAssertTrue(third.peer.isClosed)
        world.assertInvariants()
    }
}
