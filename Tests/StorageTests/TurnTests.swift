import Foundation
import Memory
import Model
import Storage
import TestSupport
import XCTest

/// What a turn is: all of it or nothing, whatever goes wrong.
final class TurnTests: StoreTestCase {
    func testNothingIsSeenByOthersBeforeTheCommit() throws {
        let store = try open()
        XCTAssertFalse(store.hasUncommittedChanges)
        try addUser(1, "ada", to: store)
        XCTAssertTrue(store.hasUncommittedChanges)
        XCTAssertEqual(try shell("SELECT count(*) FROM users"), "0")
        XCTAssertNotNil(try store.user(UserID(1)), "the store itself sees it")
        try store.commit()
        XCTAssertFalse(store.hasUncommittedChanges)
        XCTAssertEqual(try shell("SELECT count(*) FROM users"), "1")
        try store.commit()
    }

    func testReadingOpensNoTurn() throws {
        let store = try open()
        _ = try store.user(UserID(1))
        _ = try store.highestIdentifier()
        _ = try store.chats(ChatFilter(), after: nil, skip: 0, limit: 1) { _ in true }
        XCTAssertFalse(store.hasUncommittedChanges)
    }

    func testARollbackLeavesNoTrace() throws {
        let store = try open()
        try addUser(1, "ada", to: store)
        try addChannel(1, "general", to: store)
        try store.createCommunity(name: bytes("n"), description: bytes("d"))
        for index in 0..<250 as Range<Int64> { try addChat(chatID(index), to: store) }
        try store.commit()
        let before = try shell(dump)

        try addUser(2, "bob", to: store)
        try store.setPassword(user: UserID(1), rounds: 1, salt: bytes("s"), hash: bytes("h"))
        try addChannel(2, "other", to: store)
        try store.renumberSiblings(of: nil, newcomer: ChannelID(2)) { _ in }
        try store.setDefaultChannel(ChannelID(2))
        for index in 250..<800 as Range<Int64> { try addChat(chatID(index), to: store) }
        XCTAssertTrue(try store.editChat(chatID(3), content: bytes("x")))
        XCTAssertTrue(try store.deleteChat(chatID(4)))
        _ = try store.setReaction(
            chat: chatID(5), user: UserID(1), reaction: bytes("r"), present: true)
        try store.appendEvent(id: 1, audience: .everyone, .message(bytes("e")))
        store.rollback()
        XCTAssertFalse(store.hasUncommittedChanges)
        store.rollback()

        XCTAssertEqual(try shell(dump), before)
        XCTAssertEqual(try count(store), 250)
        XCTAssertEqual(try store.newestEvent(), 0)
        XCTAssertEqual(try store.highestIdentifier(), chatID(249).value)
        for index in 250..<260 as Range<Int64> { try addChat(chatID(index), to: store) }
        XCTAssertEqual(try count(store), 260)
        try store.commit()
    }

    func testWhatWasCommittedIsThereAfterReopening() throws {
        var store = try open()
        try addUser(1, "ada", to: store)
        for index in 0..<300 as Range<Int64> { try addChat(chatID(index), "word", to: store) }
        try store.appendEvent(id: 5, audience: .viewers(ChannelID(1)), .message(bytes("{}")))
        try store.commit()
        try addUser(2, "never committed", to: store)
        store.close()

        store = try open()
        XCTAssertEqual(try store.credential(username: bytes("ada"))?.user, UserID(1))
        XCTAssertNil(try store.user(UserID(2)))
        XCTAssertEqual(try store.newestEvent(), 5)
        XCTAssertEqual(try count(store), 300)
        XCTAssertEqual(try count(store, "word"), 300)
    }

    /// The files as they lie on the disk at every commit, on both sides of a batch, opened as
    /// after a power cut.
    func testEveryCommitCanBeOpenedAsItLiesOnTheDisk() throws {
        let store = try open()
        try assertEveryCommitCanBeOpened(store, of: "word")
    }

    /// The log is written in pieces of 32 KiB then, and a turn is made of several.
    func testEveryLargeCommitWithFullDurabilityCanBeOpenedAsItLiesOnTheDisk() throws {
        let store = try Store(path: path, options: StoreOptions())
        let long = String(repeating: "word ", count: 1_600)
        try assertEveryCommitCanBeOpened(store, of: long)
        XCTAssertEqual(try shell("PRAGMA integrity_check"), "ok")
    }

    /// A sync of a file that does not grow costs half.
    func testTheLogGrowsInLargeStepsWithFullDurability() throws {
        let store = try Store(path: path, options: StoreOptions())
        var lengths: Set<Int> = []
        for index in 0..<100 as Range<Int64> {
            try addChat(chatID(index), to: store)
            try store.commit()
            let attributes = try FileManager.default.attributesOfItem(atPath: path + "-wal")
            lengths.insert(try XCTUnwrap(attributes[.size] as? Int))
        }
        XCTAssertLessThanOrEqual(lengths.count, 3)
    }

    private func assertEveryCommitCanBeOpened(_ store: Store, of content: String) throws {
        let copy = folder.appendingPathComponent("copy.db").path
        var expected = 0
        for turn in 0..<60 as Range<Int64> {
            for step in 0..<11 as Range<Int64> {
                try addChat(chatID(turn, step), content, to: store)
            }
            if turn % 20 == 19 { try store.catalogueSomeWaiting() }
            try store.commit()
            expected += 11
            try addChat(chatID(turn, 11), content, to: store)
            for suffix in ["", "-wal"] {
                try? FileManager.default.removeItem(atPath: copy + suffix)
                try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
            }
            store.rollback()
            let reopened = try Store(path: copy, options: StoreOptions())
            XCTAssertEqual(try count(reopened), expected)
            XCTAssertEqual(try count(reopened, "word"), expected)
        }
    }

    func testAFailedChangeVoidsTheTurn() throws {
        let store = try open()
        try addUser(1, "ada", to: store)
        try store.commit()

        try addUser(2, "bob", to: store)
        for index in 0..<300 as Range<Int64> { try addChat(chatID(index), to: store) }
        var code: StorageError?
        do { try addUser(1, "carol", to: store) } catch { code = error as? StorageError }
        XCTAssertEqual(code, .failed(code: 1555), "a primary key that exists")
        XCTAssertTrue(store.hasUncommittedChanges)
        assertThrows(code!) { try self.addUser(3, "dave", to: store) }
        assertThrows(code!) { try store.commit() }
        XCTAssertFalse(store.hasUncommittedChanges)
        XCTAssertEqual(try shell("SELECT group_concat(username) FROM users"), "ada")
        XCTAssertEqual(try count(store), 0)

        try addUser(3, "dave", to: store)
        for index in 0..<300 as Range<Int64> { try addChat(chatID(index), to: store) }
        try store.commit()
        XCTAssertEqual(try shell("SELECT group_concat(username) FROM users"), "ada,dave")
        XCTAssertEqual(try count(store), 300)
    }

    /// Fills a small file system until nothing goes any more; what was committed must be
    /// there, nothing of the turn that failed, and the store goes on when there is room.
    func testAFullDiskCostsTheTurnAndNothingElse() throws {
        try fillTheDisk { try open() }
    }

    /// The log is then longer than what is in it, where there is room.
    func testAFullDiskCostsTheTurnAndNothingElseWithFullDurability() throws {
        try fillTheDisk { try Store(path: path, options: StoreOptions()) }
    }

    /// What a listing wants catalogued first is taken back by each commit: it must not wait for that.
    func testAListingOnAFullDiskEndsAndCatalogueFollowsWhenThereIsRoom() throws {
        try mountSmallDisk()
        defer { unmountSmallDisk() }
        let store = try open()
        for number in 0..<600 as Range<Int64> { try addChat(chatID(0, number), to: store) }
        try store.commit()
        let filler = folder.appendingPathComponent("filler")
        FileManager.default.createFile(atPath: filler.path, contents: nil)
        let file = try FileHandle(forWritingTo: filler)
        XCTAssertThrowsError(try file.write(contentsOf: Data(count: 1 << 20)))
        try file.close()

        XCTAssertEqual(try countInTurns(store), 600)
        XCTAssertEqual(try countInTurns(store, "text"), 512, "one slice is indexed, and taken back")
        XCTAssertEqual(store.chatsToCatalogue, 600)
        try FileManager.default.removeItem(at: filler)
        try store.catalogueSomeWaiting()
        try store.commit()
        XCTAssertEqual(try countInTurns(store, "text"), 600)
    }

    /// With a commit after each step, as the server does, and an error if that leads nowhere.
    private func countInTurns(_ store: Store, _ query: String? = nil) throws -> Int {
        struct Endless: Error {}
        var steps = 0
        let count = try count(store, query) {
            steps += 1
            guard steps < 100 else { throw Endless() }
            try store.commit()
        }
        try store.commit()
        return count
    }

    private func fillTheDisk(_ openStore: () throws -> Store) throws {
        try mountSmallDisk()
        defer { unmountSmallDisk() }
        let store = try openStore()
        let filler = folder.appendingPathComponent("filler")
        try Data(count: 400_000).write(to: filler)
        let long = String(repeating: "lorem ipsum ", count: 300)
        var committed: Int64 = 0
        var failure: StorageError?
        while failure == nil {
            do {
                for step in 0..<3 as Range<Int64> {
                    try addChat(chatID(committed + step), long, to: store)
                    try store.appendEvent(
                        id: committed + step + 1, audience: .everyone, .message(bytes(long)))
                }
                try store.commit()
                committed += 3
            } catch {
                failure = error as? StorageError
            }
        }
        if store.hasUncommittedChanges { store.rollback() }
        XCTAssertEqual(failure, .full)
        XCTAssertGreaterThan(committed, 0)
        XCTAssertEqual(try count(store), Int(committed))
        XCTAssertEqual(try store.newestEvent(), committed)
        XCTAssertGreaterThan(
            try count(store, "lorem") + 256, Int(committed),
            "a search answers, if only from what is indexed")
        try store.commit()
        XCTAssertGreaterThan(try count(store, "lorem"), 0)
        try addUser(1, "ada", to: store)
        assertThrows(.full) { try store.commit() }

        try FileManager.default.removeItem(at: filler)
        try addChat(chatID(committed), "after", to: store)
        try store.commit()
        XCTAssertEqual(try count(store), Int(committed) + 1)
        XCTAssertEqual(try count(store, "lorem"), Int(committed))
        try store.commit()
        XCTAssertEqual(try shell("PRAGMA integrity_check"), "ok")
    }

    func testTooLittleMemoryIsAnErrorAndTheStoreGoesOn() throws {
        var options = StoreOptions()
        options.pageCacheBytes = 1 << 20
        var store = try open(options)
        for index in 0..<2000 as Range<Int64> {
            try addChat(chatID(index), "word \(index)", to: store)
        }
        try store.commit()
        store.close()
        // What earlier stores of this process needed is not given back, and counts.
        options.heapBytesMax = Store.memoryUsed + 600_000
        store = try open(options)
        var failed = 0
        for index in 2000..<2100 as Range<Int64> {
            do {
                for step in 0..<20 as Range<Int64> {
                    try addChat(
                        chatID(index, step), String(repeating: "ä\(index) ", count: 900),
                        to: store)
                }
                try store.commit()
            } catch let error as StorageError {
                XCTAssertEqual(error, .outOfMemory)
                failed += 1
                store.rollback()
            }
        }
        XCTAssertGreaterThan(failed, 0)
        store.close()
        store = try open()
        XCTAssertEqual(try count(store), 2000 + (100 - failed) * 20)
        XCTAssertEqual(try shell("PRAGMA integrity_check"), "ok")
    }

    func testAnotherProgramMayReadAndWriteBetweenTurns() throws {
        let store = try open()
        try addUser(1, "ada", to: store)
        try store.commit()
        try shell("UPDATE users SET nickname = 'Countess'")
        XCTAssertEqual(String(try XCTUnwrap(store.user(UserID(1))).nickname), "Countess")
        try addUser(2, "bob", to: store)
        try store.commit()
        XCTAssertEqual(try shell("SELECT count(*) FROM users"), "2")
    }

    func testAnotherProgramsWriteIsWaitedForBrieflyAndThenRefused() throws {
        let store = try open()
        try whileAnotherProgramWrites {
            assertThrows(.locked) { try self.addUser(1, "ada", to: store) }
            XCTAssertFalse(store.hasUncommittedChanges)
        }
        try addUser(1, "ada", to: store)
        try store.commit()
    }

    /// A turn that outgrows the page cache has written some of the log before it is taken back:
    /// here from nothing to more than is written in one piece.
    func testARolledBackTurnLeavesTheLogToOtherPrograms() throws {
        var options = StoreOptions()
        options.pageCacheBytes = 128 << 10
        let store = try Store(path: path, options: options)
        let long = String(repeating: "words ", count: 600)
        try addUser(1, "ada", to: store)
        try store.commit()
        for turn in 0..<40 as Range<Int64> {
            for step in 0..<20 + turn {
                try addChat(chatID(turn, step), long, to: store)
            }
            store.rollback()
            let nickname = String(repeating: "\(turn)", count: 9_000)
            try shell("UPDATE users SET nickname = '\(nickname)'")
            XCTAssertEqual(String(try XCTUnwrap(store.user(UserID(1))).nickname), nickname)
            try addUser(10 + turn, "user \(turn)", to: store)
            try store.commit()
            XCTAssertEqual(try shell("SELECT nickname FROM users WHERE id = 1"), nickname)
            XCTAssertEqual(try shell("PRAGMA integrity_check"), "ok")
        }
    }

    func testASearchAnswersWhileAnotherProgramWrites() throws {
        let store = try open()
        for index in 0..<200 as Range<Int64> { try addChat(chatID(index), "word", to: store) }
        XCTAssertEqual(try count(store, "word"), 200)
        for index in 200..<900 as Range<Int64> { try addChat(chatID(index), "word", to: store) }
        try store.commit()
        try whileAnotherProgramWrites {
            XCTAssertEqual(try count(store, "word"), 200, "what is indexed")
            XCTAssertFalse(store.hasUncommittedChanges)
            XCTAssertEqual(try count(store), 900, "a listing needs no index")
        }
        XCTAssertEqual(try count(store, "word"), 900)
    }

    func testMaintenanceIsKeptAndCountsAsAChangeWithOthers() throws {
        let store = try open()
        for index in 0..<100 as Range<Int64> { try addChat(chatID(index), "word", to: store) }
        try store.commit()
        XCTAssertEqual(try count(store, "word"), 100)
        XCTAssertTrue(store.hasUncommittedChanges)
        try addUser(1, "ada", to: store)
        try store.commit()
        XCTAssertFalse(store.hasUncommittedChanges)
        XCTAssertEqual(try shell("SELECT count(*) FROM catalogue"), "100")
        XCTAssertEqual(try shell("SELECT count(*) FROM users"), "1")
    }

    func testWhatIsKnownOfAChannelIsForgottenWithTheTurn() throws {
        let store = try open()
        let channel = ChannelID(1)
        try addChannel(1, "general", to: store)
        XCTAssertEqual(try store.earliestCreatedAt(in: channel), 1)
        store.rollback()
        XCTAssertNil(try store.earliestCreatedAt(in: channel), "it never came to be")

        try addChannel(1, "general", to: store)
        try addChat(chatID(1), to: store)
        try store.commit()
        XCTAssertEqual(try store.earliestCreatedAt(in: channel), moment(of: chatID(1)))
        try addChat(chatID(2), to: store)
        XCTAssertEqual(try store.earliestCreatedAt(in: channel), moment(of: chatID(2)))
        store.rollback()
        XCTAssertEqual(try store.earliestCreatedAt(in: channel), moment(of: chatID(1)))
    }

    func testAChatIsNoProofOfItsChannel() throws {
        let store = try open()
        try addChat(chatID(1), in: 5, to: store)
        XCTAssertNil(try store.earliestCreatedAt(in: ChannelID(5)))
        try addChannel(5, "late", to: store)
        XCTAssertEqual(try store.earliestCreatedAt(in: ChannelID(5)), moment(of: chatID(1)))
        XCTAssertNil(
            try store.earliestCreatedAt(in: ChannelID(5 + 256)), "which shares its slot")
        XCTAssertEqual(try store.earliestCreatedAt(in: ChannelID(5)), moment(of: chatID(1)))
    }

    /// SQLite ends a transaction when memory is short even if only a query was.
    func testAQueryThatFailsForWantOfMemoryVoidsTheTurn() throws {
        let store = try open()
        for index in 0..<2048 as Range<Int64> {
            try addChat(chatID(index), "words \(index) and \(index / 7)", to: store)
        }
        try store.commit()
        try addUser(1, "ada", to: store)
        func limitMemory(to bytes: Int) {
            // The limit is the process's; the newest store sets it.
            var options = StoreOptions()
            options.heapBytesMax = bytes
            _ = try? Store(path: folder.appendingPathComponent("other.db").path, options: options)
        }
        limitMemory(to: Store.memoryUsed + 1_000)
        defer { limitMemory(to: StoreOptions().heapBytesMax) }
        let words = (0..<40).map { "\($0)" }.joined(separator: " ")
        assertThrows(.outOfMemory) { _ = try self.count(store, words) }
        assertThrows(.outOfMemory) { try store.commit() }
        limitMemory(to: StoreOptions().heapBytesMax)
        XCTAssertNil(try store.user(UserID(1)))
        XCTAssertEqual(try count(store, "7"), 8)
    }

    func testIdentifiersNeverGoBack() throws {
        var store = try open()
        try addUser(7, "ada", to: store)
        XCTAssertEqual(try store.highestIdentifier(), 7)
        try addChannel(9, "general", to: store)
        XCTAssertEqual(try store.highestIdentifier(), 9)
        try addChat(chatID(1), to: store)
        try addChat(chatID(2), to: store)
        XCTAssertEqual(try store.highestIdentifier(), chatID(2).value)
        XCTAssertTrue(try store.deleteChat(chatID(2)))
        XCTAssertTrue(try store.deleteChat(chatID(1)))
        try store.commit()
        store.close()
        store = try open()
        XCTAssertEqual(try store.highestIdentifier(), chatID(2).value)
    }

    // MARK: Helpers

    private let dump = """
        SELECT * FROM users; SELECT * FROM channels; SELECT * FROM community;
        SELECT * FROM chats; SELECT * FROM catalogue; SELECT * FROM state;
        SELECT * FROM reactions; SELECT * FROM marks;
        SELECT last, first, hex(records) FROM events;
        SELECT count(*), total(length(block)) FROM chats_text_data;
        """

    private func whileAnotherProgramWrites(_ body: () throws -> Void) throws {
        let other = Process()
        other.executableURL = URL(fileURLWithPath: "/usr/bin/sqlite3")
        other.arguments = [path]
        let input = Pipe()
        let output = Pipe()
        other.standardInput = input
        other.standardOutput = output
        try other.run()
        input.fileHandleForWriting.write(Data("BEGIN IMMEDIATE; SELECT 'mine';\n".utf8))
        _ = output.fileHandleForReading.availableData
        try body()
        input.fileHandleForWriting.write(Data("COMMIT;\n".utf8))
        try input.fileHandleForWriting.close()
        other.waitUntilExit()
    }

    private func mountSmallDisk() throws {
        try XCTSkipUnless(geteuid() == 0, "only root can mount")
        let result = mount("tmpfs", folder.path, "tmpfs", 0, "size=1m")
        try XCTSkipUnless(result == 0, "this system allows no mount")
    }

    private func unmountSmallDisk() { umount2(folder.path, Int32(MNT_DETACH)) }
}
