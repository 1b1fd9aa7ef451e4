@testable import ServerCore
import Storage
import XCTest

/// The database's log is moved into its file when nobody has to wait for that.
final class LogPaceTests: WebSocketTestCase {
    private var pages: Int { world.store.logPages }

    /// Writes until the log has so many pages, with a message every 10 ms.
    private func fillLog(to count: Int, _ client: Client) {
        while pages < count {
            let before = pages
            for number in 0..<20 { client.say("word \(number)") }
            world.advance(10)
            guard pages > before else { return XCTFail("the log was moved at \(before) pages") }
        }
    }

    func testALongLogIsMovedInTheFirstQuietMoment() {
        let client = open()
        fillLog(to: Store.logPagesEnough, client)
        world.advance(5)
        XCTAssertGreaterThan(pages, 0)
        world.advance(60)
        XCTAssertEqual(pages, 0)
        XCTAssertNotEqual(world.server.waitTime, 0)
    }

    func testAShortLogIsLeft() {
        let client = open()
        fillLog(to: Store.logPagesEnough / 2, client)
        world.advance(60_000)
        XCTAssertGreaterThan(pages, 0)
    }

    func testABusyServerMovesItAtTwiceTheLength() {
        let client = open()
        fillLog(to: 2 * Store.logPagesEnough - 100, client)
        for _ in 0..<200 {
            client.say("more")
            world.advance(10)
        }
        XCTAssertLessThan(pages, Store.logPagesEnough)
    }

    func testAFullDiskDoesNotKeepTheServerBusy() {
        let client = open()
        fillLog(to: Store.logPagesEnough, client)
        world.diskIsFull = true
        let before = world.turns
        world.advance(60_000)
        XCTAssertLessThan(world.turns - before, 60)
    }
}
