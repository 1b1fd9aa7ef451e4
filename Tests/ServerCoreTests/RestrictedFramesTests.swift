import Model
@testable import ServerCore
import XCTest

/// The frames that are not for everyone, and what a reader gets around them.
final class RestrictedFramesTests: XCTestCase {
    private let hidden = Audience.viewers(ChannelID(1))
    private let seen = Audience.viewers(ChannelID(2))

    /// A ring of frames of 10 bytes each, with these audiences; all of it published.
    private func withRing(_ audiences: [Audience], _ body: (borrowing BroadcastRing) -> Void) {
        var ring = BroadcastRing(capacity: 1 << 16)
        for audience in audiences { ring.append(text: lent("12345678"), to: audience) }
        ring.publish()
        body(ring)
    }

    private func runs(_ audiences: [Audience], from start: Int = 0) -> (VisibleRuns, [Range<Int>]) {
        var result: (VisibleRuns, [Range<Int>])?
        withRing(audiences) { ring in
            let position = UInt64(start * 10)
            let runs = VisibleRuns(
                from: position, to: ring.published,
                number: ring.restricted.number(from: position),
                restricted: { ring.restricted.frame($0) }, isFor: { $0 != hidden })
            let ranges = (0..<runs.count).map {
                Int(runs[$0].lowerBound) / 10..<Int(runs[$0].upperBound) / 10
            }
            result = (runs, ranges)
        }
        return result!
    }

    func testWithoutHiddenFramesAllIsOneRun() {
        XCTAssertEqual(runs([.everyone, .everyone, seen]).1, [0..<3])
        XCTAssertEqual(runs([]).1, [])
    }

    func testHiddenFramesAreLeftOutWhereverTheyStand() {
        XCTAssertEqual(runs([hidden, .everyone, seen, hidden, hidden, .everyone]).1, [1..<3, 5..<6])
        XCTAssertEqual(runs([.everyone, hidden]).1, [0..<1])
        XCTAssertEqual(runs([hidden, hidden]).1, [])
        XCTAssertEqual(runs([hidden, hidden]).0.end, 20)
    }

    func testAReaderBehindAHiddenFrameDoesNotSeeIt() {
        XCTAssertEqual(runs([hidden, .everyone, hidden, seen], from: 3).1, [3..<4])
    }

    func testMoreRunsThanFitEndBehindAHiddenFrame() {
        let (runs, ranges) = runs([seen, hidden, seen, hidden, seen, hidden, seen, hidden])
        XCTAssertEqual(ranges, [0..<1, 2..<3, 4..<5])
        XCTAssertEqual(runs.end, 60)
    }

    /// Whatever part of the runs has left, the reader stands at the next byte that it gets.
    func testAPositionIsFoundAfterEveryByte() {
        let (runs, _) = runs([hidden, seen, hidden, seen, .everyone, hidden])
        var expected = Array(10..<20) + Array(30..<50)
        expected.append(60)
        for (count, position) in expected.enumerated() {
            let end = count == 10 ? 30 : position
            XCTAssertEqual(runs.position(after: count), UInt64(end), "after \(count) bytes")
        }
    }

    func testAFullIndexPushesTheRingsOldestPositionOn() {
        var ring = BroadcastRing(capacity: 1 << 16)
        for number in 0...RestrictedFrames.capacity {
            XCTAssertTrue(ring.hasRoom(forPayload: 8))
            ring.append(text: lent("12345678"), to: hidden)
            ring.publish()
            XCTAssertEqual(ring.oldest, number == RestrictedFrames.capacity ? 10 : 0)
        }
        XCTAssertEqual(ring.oldest(afterAppending: 0, restricted: 5), 60)
    }

    func testUnpublishedFramesAreNeverPushedOut() {
        var ring = BroadcastRing(capacity: 1 << 16)
        for _ in 0..<RestrictedFrames.capacity { ring.append(text: lent("12345678"), to: hidden) }
        XCTAssertFalse(ring.hasRoom(forPayload: 8))
        ring.discardUnpublished()
        XCTAssertTrue(ring.hasRoom(forPayload: 8))
        XCTAssertEqual(ring.restricted.count, 0)
    }
}
