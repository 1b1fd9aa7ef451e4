@testable import ServerCore
import XCTest

final class HealthTests: WebSocketTestCase {
    private func health() -> Int? {
        let client = world.connect()
        client.send("GET", "/healthz")
        world.settle()
        client.read()
        return client.responses.last?.status
    }

    func testHealthFailsWhileNothingCanBeStoredAndRecoversByItself() {
        XCTAssertEqual(health(), 200)
        world.diskIsFull = true
        XCTAssertEqual(health(), 200, "nothing has failed yet")
        open().say("lost")
        world.settle()
        XCTAssertEqual(health(), 503)
        XCTAssertEqual(health(), 503)
        world.diskIsFull = false
        XCTAssertEqual(health(), 200)
        world.assertInvariants()
    }

    func testMetricsAreForThisMachineOnly() {
        for (address, isShown) in [
            (.controlSocket, true),
            (PeerAddress(high: 0, low: 1), true),
            (PeerAddress(high: 0, low: 0xFFFF_7F00_0001), true),
            (PeerAddress(high: 0, low: 0xFFFF_C0A8_0001), false),
            (PeerAddress(high: 0xFE80 << 48, low: 1), false),
        ] {
            XCTAssertEqual(MetricsAccess.local.isShown(to: address), isShown)
            XCTAssertTrue(MetricsAccess.open.isShown(to: address))
            XCTAssertFalse(MetricsAccess.off.isShown(to: address))
        }
    }
}
