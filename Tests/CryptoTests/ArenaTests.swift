import CMbedTLS
import TestSupport
import XCTest

final class ArenaTests: XCTestCase {
    private static let bytes = 32 * 1024
    private var memory: UnsafeMutableRawPointer!
    private var arena: OpaquePointer!

    private var base: UnsafeMutablePointer<UInt8> { memory.assumingMemoryBound(to: UInt8.self) }

    override func setUp() {
        memory = .allocate(byteCount: 2 * Self.bytes, alignment: 16)
        concord_arena_claim(base, 2 * Self.bytes)
        arena = concord_arena_make(base, Self.bytes)
    }

    override func tearDown() {
        concord_arena_disclaim(base)
        memory.deallocate()
    }

    func testItGivesWhatItHasAndTakesItBack() {
        XCTAssertNil(concord_arena_use(arena))
        defer { concord_arena_use(nil) }
        XCTAssertNil(concord_arena_allocate(.max, 2))
        XCTAssertNil(concord_arena_allocate(.max, 1))
        XCTAssertNil(concord_arena_allocate(1, Self.bytes))
        var random = SeededGenerator(seed: 3)
        var held: [(UnsafeMutablePointer<UInt8>, Int, UInt8)] = []
        for round in 0..<20_000 {
            if Bool.random(using: &random) || held.isEmpty {
                let count = Int.random(in: 0...2_000, using: &random)
                guard let block = concord_arena_allocate(1, count) else { continue }
                let bytes = block.assumingMemoryBound(to: UInt8.self)
                XCTAssertEqual(UInt(bitPattern: block) % 16, 0)
                for index in 0..<count { XCTAssertEqual(bytes[index], 0) }
                let mark = UInt8(truncatingIfNeeded: round)
                for index in 0..<count { bytes[index] = mark }
                held.append((bytes, count, mark))
            } else {
                let (bytes, count, mark) = held.remove(
                    at: Int.random(in: held.indices, using: &random))
                for index in 0..<count where bytes[index] != mark { XCTFail("overwritten") }
                XCTAssertTrue(concord_arena_free(bytes))
            }
            XCTAssertLessThanOrEqual(concord_arena_used(arena), Self.bytes)
        }
        for (bytes, _, _) in held { XCTAssertTrue(concord_arena_free(bytes)) }
        XCTAssertEqual(concord_arena_used(arena), 0)
        let all = concord_arena_allocate(1, Self.bytes - 64)
        XCTAssertNotNil(all, "free neighbours join again")
        XCTAssertTrue(concord_arena_free(all))
        XCTAssertGreaterThan(concord_arena_high_water(arena), Self.bytes - 64)
    }

    func testABlockGoesBackToItsOwnArenaWhicheverIsInUse() {
        let other = concord_arena_make(base + Self.bytes, Self.bytes)
        concord_arena_use(arena)
        let block = concord_arena_allocate(1, 100)
        XCTAssertEqual(concord_arena_use(other), arena)
        XCTAssertTrue(concord_arena_free(block))
        XCTAssertEqual(concord_arena_used(arena), 0)
        XCTAssertEqual(concord_arena_used(other), 0)
        concord_arena_use(nil)
        XCTAssertFalse(concord_arena_is_used())
    }

    func testWhatIsOfNoArenaIsLeftToTheCLibrary() {
        XCTAssertFalse(concord_arena_free(nil))
        var local = 0
        XCTAssertFalse(concord_arena_free(&local))
        XCTAssertFalse(concord_arena_free(memory + 2 * Self.bytes), "just behind it")
    }
}
