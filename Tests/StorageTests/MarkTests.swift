import Storage
import XCTest

final class MarkTests: StoreTestCase {
    func testAMarkOnlyRises() throws {
        var store = try open()
        XCTAssertEqual(try store.raiseMark("longest event", to: 500), 500)
        XCTAssertEqual(try store.raiseMark("longest event", to: 300), 500)
        XCTAssertEqual(try store.raiseMark("other", to: -7), -7, "each by its name")
        XCTAssertFalse(store.hasUncommittedChanges)
        XCTAssertEqual(try shell("SELECT group_concat(value) FROM marks"), "500,-7")
        store.close()
        store = try open()
        XCTAssertEqual(try store.raiseMark("longest event", to: 499), 500)
        XCTAssertEqual(try store.raiseMark("longest event", to: 501), 501)
        XCTAssertEqual(try store.raiseMark("longest event", to: 0), 501)
    }
}
