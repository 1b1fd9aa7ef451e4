import Crypto
import Memory
import Model
@testable import ServerCore
@testable import Storage
import XCTest

/// A board without a clock battery: the clock is wrong, and is put right by years at any moment.
final class ClockTests: XCTestCase {
    private static let year: Milliseconds = 365 * 86_400_000
    private static let jumps: [Milliseconds] = [
        5 * year, -9 * year, 0, -40 * year, 60 * year, -1, 15 * year, -15 * year, 3_600_000,
    ]

    private var world: World!

    override func setUpWithError() throws { world = try World() }
    override func tearDown() { world = nil }

    private func restart() throws {
        world = try World(again: world)
    }

    func testIdsEventsAndTimesGrowWhateverTheClockDoes() throws {
        var ids: [Int64] = []
        var times: [Int64] = []
        var events: [Int] = []
        for (index, jump) in ClockTests.jumps.enumerated() {
            let wall = world.wall + jump
            if index % 2 == 1 { try restart() }
            world.wall = max(wall, 0)
            let client = world.connect().open(token: world.token(world.admin))
            for number in 0..<3 { client.say("\(index) \(number)") }
            world.settle()
            for message in client.messages("chat_sent") {
                let chat = message["chat"] as? [String: Any] ?? [:]
                ids.append(Int64(chat["id"] as? Int ?? 0))
                times.append(Int64(chat["createdAt"] as? Int ?? 0))
                events.append(message["eventId"] as? Int ?? 0)
            }
        }
        XCTAssertEqual(ids.count, 3 * ClockTests.jumps.count)
        XCTAssertEqual(ids, ids.sorted())
        XCTAssertEqual(Set(ids).count, ids.count)
        XCTAssertEqual(times, times.sorted())
        XCTAssertEqual(events, Array(events[0]..<events[0] + events.count))
        XCTAssertLessThan(ids.last!, 1 << 53)
        let listed = world.connect().ask(
            "GET", "/api/chats", token: world.token(world.admin))
        XCTAssertEqual(listed.status, 200)
    }

    func testATokenOutlivesEveryJumpOfTheClock() throws {
        let token = world.token(world.admin)
        for (index, jump) in ClockTests.jumps.enumerated() {
            let wall = world.wall + jump
            if index % 2 == 1 { try restart() }
            world.wall = max(wall, 0)
            let answer = world.connect().ask("GET", "/api/self", token: token)
            XCTAssertEqual(answer.status, 200, "after jump \(index)")
        }
    }

    func testATokenRunsOutWhenTheServerHasRunItsLifetimeHoweverTheClockJumps() throws {
        let token = world.token(world.admin, expiresAt: world.wall / 1_000 + 7_200)
        for jump in ClockTests.jumps.prefix(7) {
            world.monotonic += 1_000_000
            world.wall = max(world.wall + jump, 0)
            XCTAssertEqual(
                world.connect().ask("GET", "/api/self", token: token).status, 200)
        }
        world.monotonic += 199_000
        XCTAssertEqual(world.connect().ask("GET", "/api/self", token: token).status, 200)
        world.monotonic += 1_000
        XCTAssertEqual(world.connect().ask("GET", "/api/self", token: token).status, 401)
    }

    func testAWebSocketStaysOverAJumpAndClosesWhenItsTokenRunsOut() {
        let client = world.connect().open(
            token: world.token(world.admin, expiresAt: world.wall / 1_000 + 20))
        world.wall += 10 * ClockTests.year
        client.say("in the future")
        world.settle()
        XCTAssertEqual(client.chats, ["in the future"])
        world.wall -= 20 * ClockTests.year
        client.say("in the past")
        world.settle()
        XCTAssertEqual(client.chats, ["in the future", "in the past"])
        world.advance(20_000)
        client.say("too late")
        world.settle()
        client.closes(4001)
    }

    func testRunningTimeGoesOnAfterAnOrderlyEnd() throws {
        world.settle()
        world.advance(5_000_000)
        world.turn()
        let before = world.server.hub.running.seconds
        XCTAssertEqual(before, 5_000)
        try world.server.finish()
        try restart()
        world.turn()
        XCTAssertEqual(world.server.hub.running.seconds, before)
        world.monotonic += 3_000
        world.turn()
        XCTAssertEqual(world.server.hub.running.seconds, before + 3)
    }

    func testACrashTakesBackTenMinutesOfRunningTimeAtMostWhereSomethingIsWritten() throws {
        let token = world.token(world.admin)
        for minute in 1...60 {
            world.monotonic += 60_000
            let client = world.connect().open(token: token)
            client.say("minute \(minute)")
            world.settle()
            let lost = world.server.hub.running.seconds - (try world.store.runningSeconds())
            XCTAssertLessThan(lost, 600)
        }
        let before = world.server.hub.running.seconds
        try restart()
        XCTAssertGreaterThan(world.server.hub.running.seconds, before - 600)
    }

    func testWhereNobodyShowsATokenNothingIsWritten() throws {
        for _ in 0..<24 {
            world.monotonic += 3_600_000
            XCTAssertEqual(world.connect().ask("GET", "/healthz").status, 200)
            XCTAssertEqual(world.connect().ask("GET", "/api/self", token: "forged").status, 401)
        }
        XCTAssertEqual(try world.store.runningSeconds(), 0)
        XCTAssertFalse(world.store.hasUncommittedChanges)
    }

    func testWhereTokensAreShownItIsKeptEveryHour() throws {
        let token = world.token(world.admin, expiresAt: 1 << 40)
        func ask(after milliseconds: Milliseconds) throws -> Int64 {
            world.monotonic += milliseconds
            XCTAssertEqual(world.connect().ask("GET", "/api/self", token: token).status, 200)
            return try world.store.runningSeconds()
        }
        XCTAssertEqual(try ask(after: 3_599_000), 0)
        XCTAssertEqual(try ask(after: 1_000), 3_600)
        XCTAssertEqual(try ask(after: 3_599_000), 3_600)
        XCTAssertEqual(try ask(after: 1_000), 7_200)
    }

    /// Rates and timers know nothing of the clock that people read.
    func testRatesAndTimeoutsDoNotFollowTheClock() throws {
        var options = World.freeOptions
        options.loginRate = Rate(2, per: 60_000)
        world = try World(options)
        let address = world.newAddress()
        func logIn() -> Int {
            world.connect(from: address).ask(
                "POST", "/api/tokens", body: #"{"username":"a","password":"b"}"#).status
        }
        XCTAssertEqual([logIn(), logIn(), logIn()], [400, 400, 429])
        world.wall += ClockTests.year
        XCTAssertEqual(logIn(), 429)
        world.wall -= 2 * ClockTests.year
        world.monotonic += 60_000
        XCTAssertEqual(logIn(), 400)
        let silent = world.connect()
        world.wall += ClockTests.year
        world.settle()
        XCTAssertFalse(silent.peer.isClosed)
    }
}
