import Model
import TestSupport
import XCTest

private let epoch = IdentifierClock.epoch
private let year: Milliseconds = 366 * 86_400_000

final class IdentifierClockTests: XCTestCase {
    private func milliseconds(_ date: String) throws -> Milliseconds {
        let date = try XCTUnwrap(ISO8601DateFormatter().date(from: date))
        return Milliseconds(date.timeIntervalSince1970 * 1000)
    }

    func testTheEpochIsTheProtocols() throws {
        XCTAssertEqual(epoch, try milliseconds("2021-10-10T12:00:00Z"))
    }

    func testAnIdIsTheTimeSinceTheEpochAboveTwelveBits() {
        var clock = IdentifierClock(startingAfter: 0)
        XCTAssertEqual(clock.next(at: epoch + 1), 4096)
        XCTAssertEqual(clock.next(at: epoch + 1), 4097)
        XCTAssertEqual(clock.next(at: epoch + 2), 8192)
        XCTAssertEqual(clock.next(at: epoch + 1_000_000_000_000), 4_096_000_000_000_000)
        XCTAssertEqual(clock.last, 4_096_000_000_000_000)
    }

    func testMoreIdsThanAMillisecondHoldsRunIntoTheNext() {
        var clock = IdentifierClock(startingAfter: 0)
        var previous = clock.next(at: epoch + 5)
        XCTAssertEqual(previous, 5 << 12)
        for _ in 0..<10_000 {
            let id = clock.next(at: epoch + 5)
            XCTAssertEqual(id, previous + 1)
            previous = id
        }
        XCTAssertEqual(clock.time(at: epoch + 5), epoch + 7, "10,001 ids fill two milliseconds")
        XCTAssertEqual(clock.next(at: epoch + 7), previous + 1)
        XCTAssertEqual(clock.next(at: epoch + 8), 8 << 12)
    }

    func testNeitherIdsNorTimeGoBackWhenTheClockJumpsByYears() {
        var random = SeededGenerator(seed: 1)
        var clock = IdentifierClock(startingAfter: 0)
        var reading = epoch + 5 * year
        var time: Milliseconds = 0
        for _ in 0..<20_000 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0: reading += Milliseconds.random(in: -20 * year...20 * year, using: &random)
            case 1: reading = 0
            case 2...4: reading += Milliseconds.random(in: -50...50, using: &random)
            default: break
            }
            reading = min(reading, epoch + 60 * year)
            let last = clock.last
            let id = clock.next(at: reading)
            XCTAssertGreaterThan(id, last)
            XCTAssertEqual(clock.last, id)
            let now = clock.time(at: reading)
            XCTAssertGreaterThanOrEqual(now, reading)
            XCTAssertEqual(now, max(reading, epoch + id / 4096))
            XCTAssertGreaterThanOrEqual(now, time)
            time = now
        }
    }

    func testARestartGoesOnAfterTheHighestStoredId() {
        var before = IdentifierClock(startingAfter: 0)
        let stored = before.next(at: epoch + 3 * year)
        var after = IdentifierClock(startingAfter: stored)
        XCTAssertEqual(after.last, stored)
        XCTAssertEqual(after.time(at: 0), epoch + 3 * year, "a board without a clock battery")
        XCTAssertEqual(after.next(at: 0), stored + 1)
        XCTAssertEqual(after.next(at: epoch + 3 * year), stored + 2)
        XCTAssertEqual(after.next(at: epoch + 3 * year + 1), (3 * year + 1) << 12)
    }

    func testClocksBeforeTheEpochStillGiveRisingPositiveIds() {
        for reading in [Int64.min, -1, 0, epoch - 1, epoch] {
            var clock = IdentifierClock(startingAfter: 0)
            XCTAssertEqual(clock.next(at: reading), 1, "\(reading)")
            XCTAssertEqual(clock.next(at: reading), 2, "\(reading)")
        }
        var clock = IdentifierClock(startingAfter: -7)
        XCTAssertEqual(clock.next(at: 0), 1, "an empty store has no id")
    }

    func testIdsAreExactInJavaScriptUntil2091() throws {
        var clock = IdentifierClock(startingAfter: 0)
        let end = try milliseconds("2090-01-01T00:00:00Z")
        for _ in 0..<4096 { XCTAssertLessThan(clock.next(at: end - 1), 1 << 53) }
    }

    func testAClockFarInTheFutureDoesNotUseUpTheIds() throws {
        XCTAssertEqual(IdentifierClock.latest, try milliseconds("2090-01-01T00:00:00Z"))
        for reading in [IdentifierClock.latest, 4_133_980_800_000, .max] {
            var clock = IdentifierClock(startingAfter: 0)
            var last: Int64 = 0
            for _ in 0..<10_000 {
                let id = clock.next(at: reading)
                XCTAssertGreaterThan(id, last)
                XCTAssertLessThan(id + 100_000_000_000_000, 1 << 53, "room for centuries")
                last = id
            }
            XCTAssertEqual(clock.time(at: reading), IdentifierClock.latest + 2)
            XCTAssertEqual(clock.time(at: 0), IdentifierClock.latest + 2)
        }
    }
}
