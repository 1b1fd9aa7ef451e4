import Memory
import XCTest

final class SlotPoolTests: XCTestCase {
    func testSlotsAreDistinctMemory() {
        var pool = SlotPool(capacity: 3, slotBytes: 16)
        let slots = (0..<3).map { _ in pool.acquire()! }
        for (number, slot) in slots.enumerated() {
            XCTAssertEqual(pool[slot].count, 16)
            for index in 0..<16 { pool[slot][index] = UInt8(number) }
        }
        for (number, slot) in slots.enumerated() {
            for index in 0..<16 { XCTAssertEqual(pool[slot][index], UInt8(number)) }
        }
    }

    func testAnEmptyPoolLendsNothing() {
        var pool = SlotPool(capacity: 2, slotBytes: 8)
        XCTAssertFalse(pool.isExhausted)
        let first = pool.acquire()!
        _ = pool.acquire()!
        XCTAssertTrue(pool.isExhausted)
        XCTAssertNil(pool.acquire())
        XCTAssertEqual(pool.count, 2)
        pool.release(first)
        XCTAssertEqual(pool.count, 1)
        XCTAssertEqual(pool.acquire(), first)
        XCTAssertEqual(pool.highWaterMark, 2)
    }

    func testFewBorrowersTouchFewSlots() {
        var pool = SlotPool(capacity: 100, slotBytes: 8)
        let first = pool.acquire()!
        pool.release(first)
        for _ in 0..<10 {
            let slot = pool.acquire()!
            XCTAssertEqual(slot, first)
            pool.release(slot)
        }
        XCTAssertEqual(pool.highWaterMark, 1)
    }

    func testItsMemoryIsKnownBeforehand() {
        XCTAssertEqual(SlotPool.bytes(capacity: 10, slotBytes: 100), 1020)
    }
}
