import Memory
@testable import ServerCore
import TestSupport
import XCTest

final class BroadcastRingTests: XCTestCase {
    /// What the ring promises, kept without a ring: every frame ever published, in one array.
    private struct Model {
        var stream: [UInt8] = []
        var boundaries: [Int] = [0]

        mutating func append(_ payload: [UInt8]) {
            stream +=
                payload.count < 126
                ? [0x81, UInt8(payload.count)]
                : [0x81, 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
            stream += payload
            boundaries.append(stream.count)
        }
    }

    private func joined(_ pieces: (Bytes, Bytes)) -> [UInt8] {
        [UInt8](pieces.0) + [UInt8](pieces.1)
    }

    func testEveryReadFromAnyPositionEqualsTheStreamThatWasPublished() {
        for seed in 0..<40 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var ring = BroadcastRing(capacity: 1 << 10)
            var model = Model()
            for _ in 0..<120 {
                var undone = model
                for _ in 0..<Int.random(in: 0...3, using: &generator) {
                    let payload = generator.bytes(Int.random(in: 0...200, using: &generator))
                    guard ring.hasRoom(forPayload: payload.count) else { continue }
                    let owned = lent(payload)
                    let expectedOldest = ring.oldest(
                        afterAppending: payload.count + (payload.count < 126 ? 2 : 4))
                    ring.append(text: owned)
                    XCTAssertEqual(ring.oldest, expectedOldest)
                    undone.append(payload)
                }
                if Bool.random(using: &generator) {
                    ring.publish()
                    model = undone
                } else {
                    ring.discardUnpublished()
                }
                XCTAssertEqual(ring.published, UInt64(model.stream.count), "seed \(seed)")
                XCTAssertEqual(ring.end, ring.published)
                XCTAssertLessThanOrEqual(ring.end - ring.oldest, 1 << 10)
                let oldest = Int(ring.oldest)
                let start = Int.random(in: oldest...model.stream.count, using: &generator)
                let end = Int.random(in: start...model.stream.count, using: &generator)
                XCTAssertEqual(
                    joined(ring.pieces(from: UInt64(start), to: UInt64(end))),
                    Array(model.stream[start..<end]), "seed \(seed)")
            }
            XCTAssertGreaterThan(ring.published, 1 << 10, "the test never came around the ring")
        }
    }

    func testFrameEndIsFoundFromAnyBoundaryForEveryPosition() {
        var ring = BroadcastRing(capacity: 1 << 10)
        var model = Model()
        var generator = SeededGenerator(seed: 3)
        // The ring's end is passed in the middle of a header, among other places.
        while model.stream.count < 5_000 {
            let payload = generator.bytes(Int.random(in: 0...180, using: &generator))
            model.append(payload)
            ring.append(text: lent(payload))
            ring.publish()
            let boundaries = model.boundaries.filter { $0 >= Int(ring.oldest) }
            guard let first = boundaries.first else { continue }
            for position in first...model.stream.count {
                let expected = boundaries.first { $0 >= position }!
                let boundary = boundaries.last { $0 <= position }!
                for start in Set([first, boundary]) {
                    XCTAssertEqual(
                        ring.frameEnd(at: UInt64(position), from: UInt64(start)), UInt64(expected))
                }
            }
        }
    }

    func testDiscardedFramesLeaveNoTraceAndTheirPlaceIsUsedAgain() {
        var ring = BroadcastRing(capacity: 1 << 10)
        ring.append(text: Bytes("first"))
        ring.publish()
        ring.append(text: Bytes("undone"))
        ring.discardUnpublished()
        ring.append(text: Bytes("second"))
        ring.publish()
        XCTAssertEqual(
            String(decoding: joined(ring.pieces(from: 0, to: ring.published)), as: UTF8.self),
            "\u{FFFD}\u{5}first\u{FFFD}\u{6}second")
    }

    func testRoomEndsWhereUnpublishedFramesWouldOverwriteThemselves() {
        var ring = BroadcastRing(capacity: 1 << 10)
        ring.append(text: Bytes("published"))
        ring.publish()
        XCTAssertTrue(ring.hasRoom(forPayload: 1_020))
        XCTAssertFalse(ring.hasRoom(forPayload: 1_021))
        ring.append(text: lent([UInt8](repeating: 1, count: 496)))
        XCTAssertTrue(ring.hasRoom(forPayload: 520))
        XCTAssertFalse(ring.hasRoom(forPayload: 521))
    }
}
