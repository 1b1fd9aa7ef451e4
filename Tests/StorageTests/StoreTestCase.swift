import Foundation
import Memory
import Model
import Storage
import TestSupport
import XCTest

/// A store on a real file in a folder of its own, and short ways to fill it.
class StoreTestCase: XCTestCase {
    var folder: URL!

    var path: String { folder.appendingPathComponent("concord.db").path }

    override func setUpWithError() throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("concord-storage-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    override func tearDownWithError() throws {
        try FileManager.default.removeItem(at: folder)
    }

    /// Relaxed, which spares the tests' disk, but where a test is about just that.
    func open(_ options: StoreOptions = StoreOptions()) throws -> Store {
        var relaxed = options
        relaxed.durability = .relaxed
        return try Store(path: path, options: relaxed)
    }

    func bytes(_ text: String) -> Bytes { lend(text) }

    func assertThrows(
        _ expected: StorageError, _ body: () throws -> Void, file: StaticString = #filePath,
        line: UInt = #line
    ) {
        XCTAssertThrowsError(try body(), file: file, line: line) { error in
            XCTAssertEqual(error as? StorageError, expected, file: file, line: line)
        }
    }

    /// Runs SQL on the file as another program would.
    @discardableResult
    func shell(_ sql: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/sqlite3")
        process.arguments = [path, sql]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        XCTAssertEqual(process.terminationStatus, 0)
        return String(decoding: data, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    // MARK: Filling a store

    @discardableResult
    func addUser(_ id: Int64, _ name: String, to store: Store) throws -> Bool {
        try store.createUser(
            id: UserID(id), username: bytes(name), nickname: bytes("nick of " + name),
            createdAt: 1000 + id, rounds: 4096, salt: bytes("salt"),
            hash: bytes("hash of " + name))
    }

    func addChannel(
        _ id: Int64, parent: Int64? = nil, ordinality: Int64 = 0, _ name: String,
        to store: Store
    ) throws {
        try store.createChannel(
            Channel(
                id: ChannelID(id), parent: parent.map { ChannelID($0) },
                ordinality: ordinality, name: bytes(name), description: nil,
                capabilities: bytes(#"["text"]"#), createdAt: id, createdBy: UserID(1)))
    }

    func addChat(
        _ id: ChatID, at createdAt: Milliseconds? = nil, by author: Int64 = 1,
        in channel: Int64 = 1, thread: Int64? = nil, _ content: String = "text",
        to store: Store
    ) throws {
        try store.insertChat(
            ChatRecord(
                id: id, createdAt: createdAt ?? moment(of: id), author: UserID(author),
                channel: ChannelID(channel), thread: thread.map { ThreadID($0) },
                content: bytes(content), edited: false))
    }

    /// How many chats there are, or a search finds.
    func count(
        _ store: Store, _ query: String? = nil, betweenSteps: () throws -> Void = {}
    ) throws -> Int {
        var filter = ChatFilter()
        filter.query = query.map { bytes($0) }
        var count = 0
        var position: ChatPosition?
        while case .paused(let after, _) = try store.chats(
            filter, after: position, skip: 0, limit: .max,
            { _ in
                count += 1
                return true
            })
        {
            position = after
            try betweenSteps()
        }
        return count
    }

    /// Leaves no more chats waiting than listings merge in.
    func catalogueAll(_ store: Store) throws {
        while store.chatsToCatalogue > 0 { try store.catalogueSomeWaiting() }
    }
}

/// The id that is made at a moment, counted in milliseconds from the day the tests play on.
func chatID(_ moment: Int64, _ sequence: Int64 = 0) -> ChatID {
    ChatID((firstMoment + moment - 1_633_867_200_000) << 12 | sequence)
}

func moment(of id: ChatID) -> Milliseconds { id.value >> 12 + 1_633_867_200_000 }

let firstMoment: Milliseconds = 1_700_000_000_000

/// Random numbers that are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        var mixed = state
        mixed = (mixed ^ (mixed >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        return mixed ^ (mixed >> 33)
    }
}
