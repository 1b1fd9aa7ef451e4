import Memory
import TestSupport
import XCTest

final class PoolTests: XCTestCase {
    func testAFullPoolGivesNoMore() {
        var pool = Pool<Int>(capacity: 3)
        let handles = [10, 20, 30].map { pool.insert($0)! }
        XCTAssertNil(pool.insert(40))
        XCTAssertEqual(handles.map { pool[$0].pointee }, [10, 20, 30])
        XCTAssertEqual(pool.count, 3)
        pool.remove(handles[1])
        XCTAssertEqual(pool.count, 2)
        XCTAssertEqual(pool[pool.insert(50)!].pointee, 50)
        XCTAssertNil(pool.insert(60))
    }

    func testAnElementIsChangedInPlace() {
        var pool = Pool<Int>(capacity: 1)
        let handle = pool.insert(1)!
        pool[handle].pointee += 1
        XCTAssertEqual(pool[handle].pointee, 2)
    }

    func testAHandleKeptPastItsSlotsReleaseIsRecognised() {
        var pool = Pool<Int>(capacity: 2)
        let old = pool.insert(1)!
        XCTAssertTrue(pool.contains(old))
        pool.remove(old)
        XCTAssertFalse(pool.contains(old))
        let new = pool.insert(2)!
        XCTAssertEqual(new.index, old.index, "the slot is used again")
        XCTAssertNotEqual(new, old)
        XCTAssertFalse(pool.contains(old))
        XCTAssertTrue(pool.contains(new))
    }

    func testForgedHandlesAreRecognised() {
        var pool = Pool<Int>(capacity: 2)
        let handle = pool.insert(1)!
        let forged = [
            Handle(index: 1, generation: 1), Handle(index: 2, generation: 1),
            Handle(index: .max, generation: 1), Handle(index: 1, generation: 0),
            Handle(index: handle.index, generation: handle.generation + 2),
        ]
        for handle in forged { XCTAssertFalse(pool.contains(handle)) }
    }

    func testAHandleSurvivesAs64Bits() {
        for handle in [
            Handle(index: 0, generation: 1), Handle(index: 7, generation: .max),
            Handle(index: .max, generation: 0),
        ] {
            XCTAssertEqual(Handle(raw: handle.raw), handle)
        }
        XCTAssertEqual(Handle(index: 2, generation: 1).raw, 0x1_0000_0002)
    }

    func testSlotsAreReusedLastInFirstOut() {
        var pool = Pool<Int>(capacity: 100)
        let handles = (0..<4).map { pool.insert($0)! }
        XCTAssertEqual(handles.map(\.index), [0, 1, 2, 3])
        pool.remove(handles[0])
        pool.remove(handles[2])
        XCTAssertEqual(pool.insert(5)!.index, 2)
        XCTAssertEqual(pool.insert(6)!.index, 0)
        XCTAssertEqual(pool.insert(7)!.index, 4)
        XCTAssertEqual(pool.usedBound, 5)
        XCTAssertEqual(pool.highWaterMark, 5)
    }

    func testAWalkFindsWhatIsInUse() {
        var pool = Pool<Int>(capacity: 8)
        let handles = (0..<5).map { pool.insert($0 * 10)! }
        pool.remove(handles[1])
        pool.remove(handles[3])
        let found = (0..<pool.usedBound).compactMap { pool.handle(at: $0) }
        XCTAssertEqual(found.map { pool[$0].pointee }, [0, 20, 40])
        XCTAssertNil(pool.handle(at: 7))
        XCTAssertEqual(pool.highWaterMark, 5)
    }

    func testElementsAreDestroyedOnce() {
        final class Counter { var destroyed = 0 }
        struct Element: ~Copyable {
            let counter: Counter
            deinit { counter.destroyed += 1 }
        }
        let counter = Counter()
        func use() {
            var pool = Pool<Element>(capacity: 4)
            let first = pool.insert(Element(counter: counter))!
            _ = pool.insert(Element(counter: counter))
            pool.remove(first)
            XCTAssertEqual(counter.destroyed, 1)
            _ = pool.insert(Element(counter: counter))
        }
        use()
        XCTAssertEqual(counter.destroyed, 3)
    }

    func testRandomUseAgreesWithADictionary() {
        var random = SeededGenerator(seed: 5)
        var pool = Pool<UInt64>(capacity: 16)
        var live: [UInt64: UInt64] = [:]
        var dead: [UInt64] = []
        for _ in 0..<5000 {
            if Bool.random(using: &random) {
                let value = random.next()
                let handle = pool.insert(value)
                XCTAssertEqual(handle == nil, live.count == 16)
                if let handle { live[handle.raw] = value }
            } else if let raw = live.keys.min() {
                pool.remove(Handle(raw: raw))
                live[raw] = nil
                dead.append(raw)
            }
            XCTAssertEqual(pool.count, live.count)
        }
        for (raw, value) in live { XCTAssertEqual(pool[Handle(raw: raw)].pointee, value) }
        for raw in dead { XCTAssertFalse(pool.contains(Handle(raw: raw))) }
    }

    func testItsMemoryIsKnownBeforehand() {
        XCTAssertEqual(Pool<UInt64>.bytes(capacity: 10), 10 * 16)
    }
}
