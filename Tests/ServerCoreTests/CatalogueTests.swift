@testable import ServerCore
@testable import Storage
import XCTest

/// Chats wait to be catalogued until there is time, and nobody can tell.
final class CatalogueTests: WebSocketTestCase {
    private var waiting: Int { world.store.catalogued.waiting }

    private func say(_ count: Int, _ client: Client) {
        for number in 0..<count { client.say("word \(number)") }
        world.settle()
    }

    func testWhatABurstLeftIsCataloguedInTheFirstQuietMoment() {
        say(1_200, open())
        XCTAssertEqual(waiting, 1_200)
        world.advance(15)
        XCTAssertEqual(waiting, 1_200)
        world.advance(10)
        XCTAssertLessThanOrEqual(waiting, CatalogueMark.few)
        XCTAssertNotEqual(world.server.waitTime, 0)
    }

    func testABusyServerCataloguesAfterTenSecondsAllTheSame() {
        let client = open()
        say(300, client)
        for _ in 0..<980 {
            world.advance(10)
            client.say("more")
        }
        world.settle()
        XCTAssertEqual(waiting, 1_280)
        for _ in 0..<40 {
            world.advance(10)
            client.say("more")
        }
        world.settle()
        XCTAssertLessThanOrEqual(waiting, CatalogueMark.few + 40)
    }

    func testAFullDiskDoesNotKeepTheServerBusy() {
        say(600, open())
        world.diskIsFull = true
        let before = world.turns
        world.advance(60_000)
        XCTAssertEqual(waiting, 600)
        XCTAssertLessThan(world.turns - before, 60)
        world.diskIsFull = false
        world.advance(10_100)
        XCTAssertLessThanOrEqual(waiting, CatalogueMark.few)
    }

    func testAListingAndASearchHaveAllThatWaits() throws {
        say(1_200, open())
        let latest = world.connect().ask(
            "GET", "/api/channels/\(world.general)/chats/latest", token: token)
        XCTAssertEqual(latest.status, 200)
        XCTAssertTrue(String(decoding: latest.body, as: UTF8.self).contains("word 1199"))
        XCTAssertLessThanOrEqual(waiting, CatalogueMark.few)

        let oldest = world.connect().ask("GET", "/api/chats?query=%22word%203%22", token: token)
        XCTAssertEqual(oldest.status, 200)
        XCTAssertTrue(String(decoding: oldest.body, as: UTF8.self).contains("\"word 3\""))
        XCTAssertEqual(waiting, 0)
    }
}
