import Foundation
import Memory
import Model
import Storage
import XCTest

/// Every state that a data folder can be found in.
final class OpeningTests: StoreTestCase {
    func testANewFileIsOursAndWellFormed() throws {
        let store = try open()
        try store.commit()
        store.close()
        XCTAssertEqual(try shell("PRAGMA application_id"), "\(0x436E_6364)")
        XCTAssertEqual(try shell("PRAGMA user_version"), "5")
        XCTAssertEqual(try shell("PRAGMA journal_mode"), "wal")
        XCTAssertEqual(try shell("PRAGMA page_size"), "2048")
        XCTAssertEqual(try shell("PRAGMA integrity_check"), "ok")
        _ = try open()
    }

    func testAnEmptyFileIsMigrated() throws {
        try Data().write(to: URL(fileURLWithPath: path))
        let store = try open()
        try addUser(1, "ada", to: store)
        try store.commit()
    }

    func testASecondStoreIsRefusedUntilTheFirstIsClosed() throws {
        let store = try open()
        assertThrows(.locked) { _ = try self.open() }
        assertThrows(.locked) { _ = try self.open() }
        try addUser(1, "ada", to: store)
        try store.commit()
        store.close()
        XCTAssertNotNil(try open().user(UserID(1)))
    }

    func testAStoreThatGoesAwayGivesUpItsLock() throws {
        do { _ = try open() }
        do { _ = try open() }
    }

    func testAStoreWhoseFilesAreGoneTakesNothingMore() throws {
        for suffix in ["", "-wal"] {
            let store = try open()
            try addUser(1, "ada\(suffix)", to: store)
            try store.commit()
            try FileManager.default.removeItem(atPath: path + suffix)
            assertThrows(.gone) { try self.addUser(2, "ben", to: store) }
            assertThrows(.gone) { try store.commit() }
            XCTAssertNotNil(try store.user(UserID(1)), "reading goes on")
            store.close()
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
                try FileManager.default.removeItem(at: folder.appendingPathComponent(name))
            }
        }
    }

    func testAStoreWhoseFileWasReplacedTakesNothingMore() throws {
        let store = try open()
        try addUser(1, "ada", to: store)
        try store.commit()
        try FileManager.default.moveItem(atPath: path, toPath: path + ".old")
        try FileManager.default.copyItem(atPath: path + ".old", toPath: path)
        assertThrows(.gone) { try self.addUser(2, "ben", to: store) }
    }

    func testGarbageIsNotADatabase() throws {
        try Data(repeating: 0x5A, count: 10_000).write(to: URL(fileURLWithPath: path))
        assertThrows(.notADatabase) { _ = try self.open() }
        assertThrows(.notADatabase) { _ = try self.open() }
        XCTAssertEqual(
            try Data(contentsOf: URL(fileURLWithPath: path)),
            Data(repeating: 0x5A, count: 10_000), "it is left alone")
    }

    func testAnotherProgramsDatabaseIsLeftAlone() throws {
        try shell("CREATE TABLE notes (text); INSERT INTO notes VALUES ('mine');")
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        assertThrows(.foreignDatabase) { _ = try self.open() }
        XCTAssertEqual(try Data(contentsOf: URL(fileURLWithPath: path)), before)

        try shell("DROP TABLE notes; PRAGMA application_id = 7")
        assertThrows(.foreignDatabase) { _ = try self.open() }
    }

    func testANewerSchemaIsRefused() throws {
        try open().close()
        try shell("PRAGMA user_version = 6")
        assertThrows(.newerSchema) { _ = try self.open() }
        XCTAssertEqual(try shell("PRAGMA user_version"), "6")
    }

    func testADamagedHeaderIsRefused() throws {
        try makeFilled()
        try damage(at: 0..<16)
        assertThrows(.notADatabase) { _ = try self.open() }
    }

    func testADamagedSchemaIsRefused() throws {
        try makeFilled()
        try damage(at: 100..<4096)
        assertThrows(.damaged) { _ = try self.open() }
    }

    func testATruncatedFileIsRefused() throws {
        try makeFilled()
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.truncate(atOffset: 4096)
        try handle.close()
        assertThrows(.damaged) { _ = try self.open() }
    }

    /// Damage deep inside is met when it is read, as an error and not as a crash, and
    /// changes nothing.
    func testDamageInsideIsAnErrorWhenItIsMet() throws {
        var damagedRuns = 0
        for page in 2..<60 {
            try makeFilled()
            try damage(at: page * 4096..<page * 4096 + 4096)
            do {
                let store = try open()
                var filter = ChatFilter()
                for query in [nil, "word", "-word"] as [String?] {
                    filter.query = query.map { bytes($0) }
                    _ = try store.chats(filter, after: nil, skip: 0, limit: 1000) { _ in true }
                }
                try store.channelTree(skip: 0) { _, _ in true }
                try store.users(after: nil, limit: 10) { _ in true }
                try addUser(100, "new", to: store)
                _ = try store.deleteChat(chatID(3))
                try store.commit()
            } catch let error as StorageError {
                damagedRuns += 1
                XCTAssertTrue(
                    error == .damaged || error == .failed(code: 1) || error == .failed(code: 11),
                    "page \(page): \(error)")
            }
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
                try FileManager.default.removeItem(at: folder.appendingPathComponent(name))
            }
        }
        XCTAssertGreaterThan(damagedRuns, 15)
    }

    func testAFolderThatIsNotThereCannotBeOpened() throws {
        assertThrows(.cannotOpen) {
            _ = try Store(path: self.path + "/none/such", options: StoreOptions())
        }
    }

    func testAReadOnlyDiskIsNamed() throws {
        try makeFilled()
        try XCTSkipUnless(geteuid() == 0, "only root can mount")
        let flags = UInt(MS_BIND)
        try XCTSkipUnless(mount(folder.path, folder.path, "", flags, nil) == 0, "no mounts here")
        defer { umount2(folder.path, Int32(MNT_DETACH)) }
        let again = UInt(MS_BIND | MS_REMOUNT | MS_RDONLY)
        XCTAssertEqual(mount(folder.path, folder.path, "", again, nil), 0)
        assertThrows(.readOnly) { _ = try self.open() }
    }

    func testAFullDiskIsNamed() throws {
        try XCTSkipUnless(geteuid() == 0, "only root can mount")
        let result = mount("tmpfs", folder.path, "tmpfs", 0, "size=64k")
        try XCTSkipUnless(result == 0, "no mounts here")
        defer { umount2(folder.path, Int32(MNT_DETACH)) }
        try Data(count: 40_000).write(to: folder.appendingPathComponent("filler"))
        assertThrows(.full) { _ = try self.open() }
    }

    func testEveryErrorHasAnExplanation() {
        let errors: [StorageError] = [
            .cannotOpen, .notADatabase, .foreignDatabase, .newerSchema, .damaged, .locked, .full,
            .readOnly, .inputOutput, .outOfMemory, .recordTooLong, .failed(code: 1),
        ]
        let texts = Set(errors.map { "\($0.explanation)" })
        XCTAssertEqual(texts.count, errors.count)
    }

    private func makeFilled() throws {
        let store = try open()
        try addUser(1, "ada", to: store)
        try addChannel(1, "general", to: store)
        for index in 0..<300 as Range<Int64> {
            let content = "word \(index) " + String(repeating: "x", count: 200)
            try addChat(chatID(index), content, to: store)
        }
        try store.commit()
        store.close()
    }

    private func damage(at range: Range<Int>) throws {
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        guard try handle.seekToEnd() >= UInt64(range.upperBound) else { return }
        try handle.seek(toOffset: UInt64(range.lowerBound))
        handle.write(Data(repeating: 0xA5, count: range.count))
        try handle.close()
    }
}
