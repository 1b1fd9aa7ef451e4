import Crypto
import Foundation
import Memory
import Model
@testable import ServerCore
@testable import Storage
import TLS
import TestSupport
import XCTest

/// A whole server on a real store, with a clock, randomness and a network of the test's own.
/// A turn does what the event loop does.
final class World {
    static let password = "correct horse"
    static let startTime: Milliseconds = 1_700_000_000_000

    let folder: URL
    let store: Store
    let server: Server
    /// The same server behind TLS, if there is any.
    let secure: SecureServer?
    private let tls: TLSContext?
    var transport = SimulatedTransport()
    var peers: [SimulatedPeer] = []
    var generator: SeededGenerator
    var monotonic: Milliseconds = 1_000
    var wall: Milliseconds = World.startTime
    private(set) var turns = 0
    private var addresses: UInt64 = 0
    private let key: TokenKey

    /// Options in which nothing gets in a test's way that it does not ask for.
    static var freeOptions: ServerOptions {
        var options = ServerOptions()
        options.passwordRounds = 10
        options.passwordRoundsPerSlice = 10
        options.messageRate = Rate(0, per: 1)
        options.changeRate = Rate(0, per: 1)
        options.markRate = Rate(0, per: 1)
        options.searchRate = Rate(0, per: 1)
        options.loginRate = Rate(0, per: 1)
        options.registrationRate = Rate(0, per: 1)
        options.connectionRate = Rate(0, per: 1)
        return options
    }

    init(
        _ options: ServerOptions = World.freeOptions, seed: UInt64 = 1, key: TokenKey? = nil,
        in existing: URL? = nil, page: WebPage = .none, trustPage: TrustPage? = nil
    ) throws {
        var options = options
        if World.newcomersSpeakTLS, options.tlsConnections == 0 {
            options.tlsConnections = options.peersMax
        }
        let secret = lent([UInt8](repeating: 7, count: 32))
        self.key = key ?? .secret(secret)
        let memory = "/dev/shm"
        let root =
            FileManager.default.isWritableFile(atPath: memory)
            ? URL(fileURLWithPath: memory) : FileManager.default.temporaryDirectory
        folder = existing ?? root.appendingPathComponent("concord-core-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var storeOptions = StoreOptions()
        storeOptions.durability = .relaxed
        let store = try Store(
            path: folder.appendingPathComponent("concord.db").path, options: storeOptions)
        self.store = store
        generator = SeededGenerator(seed: seed)
        var serverRandom = SeededGenerator(seed: seed &+ 1)
        let random = RandomSource { memory in
            for index in 0..<memory.count {
                memory[index] = UInt8(truncatingIfNeeded: serverRandom.next())
            }
        }
        let lines = Lines()
        server = try Server(
            store: store, options: options, tokenKey: self.key, random: random,
            log: Log { _, line in lines.all.append(String(line)) }, page: page, trustPage: trustPage)
        logLines = lines
        tls = options.tlsConnections > 0 ? TLSContext(sessions: options.tlsConnections) : nil
        if let tls {
            try tls.show(.p256)
            secure = SecureServer(server, tls) { lines.all.append("the identity is to be renewed") }
        } else {
            secure = nil
        }
        let name = lent("Community")
        let password = lent(World.password)
        if try server.isFirstStart() {
            try server.perform(
                FirstStart(communityName: name, password: password), at: wall)
            wall += 1_000
        }
        server.start(at: monotonic)
        transport.beforeWrite = { [unowned self] in
            XCTAssertFalse(
                self.store.hasUncommittedChanges, "a byte left before its turn was durable")
        }
    }

    /// The same data served again after a restart, or after a crash if the other did not end
    /// orderly. The clock that does not jump begins anew, as at a boot.
    convenience init(again other: World) throws {
        other.store.close()
        other.hasHeir = true
        try self.init(other.server.options, key: other.key, in: other.folder)
        wall = other.wall
    }

    private var hasHeir = false

    deinit {
        store.close()
        if !hasHeir { try? FileManager.default.removeItem(at: folder) }
    }

    private final class Lines { var all: [String] = [] }
    private let logLines: Lines
    var logged: [String] { logLines.all }

    // MARK: Turns

    var time: TurnTime { TurnTime(monotonic: monotonic, wall: wall) }

    func turn(arriving newcomers: [SimulatedPeer] = []) {
        turns += 1
        if let secure { turn(of: secure, newcomers) } else { turn(of: server, newcomers) }
        spoilBorrowedMemory()
        peers.removeAll { $0.isClosed }
    }

    /// Who have not been accepted: they wait in the kernel.
    private var waiting: [SimulatedPeer] = []

    private func turn(of handler: some TurnHandler, _ newcomers: [SimulatedPeer]) {
        handler.beginTurn(time)
        waiting += newcomers
        while let peer = waiting.first, handler.mayAccept {
            waiting.removeFirst()
            accept(peer, handler)
        }
        for peer in peers where !peer.isClosed { serve(peer, handler) }
        if diskIsFull {
            withFullDisk { handler.finishTurn(&transport) }
        } else {
            handler.finishTurn(&transport)
        }
    }

    var waitTime: Milliseconds? { secure?.waitTime ?? server.waitTime }

    /// While it is set, no commit succeeds: the log's file may not grow.
    var diskIsFull = false

    private func withFullDisk(_ body: () -> Void) {
        let log = folder.appendingPathComponent("concord.db-wal").path
        let size = (try? FileManager.default.attributesOfItem(atPath: log)[.size] as? Int) ?? 0
        var before = rlimit()
        signal(SIGXFSZ, SIG_IGN)
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &before)
        var limit = before
        limit.rlim_cur = rlim_t(size)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        body()
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &before)
    }

    /// The database's file may have no more pages than now; nil lifts the limit.
    func limitPages(_ isLimited: Bool) throws {
        if isLimited {
            let pages = try store.database.integer("PRAGMA page_count")
            let sql = lent("PRAGMA max_page_count = \(pages)")
            _ = try store.database.prepare(sql).step()
        } else {
            try store.database.execute("PRAGMA max_page_count = 1000000")
        }
    }

    /// Runs until nothing is left to do. A server that is woken again and again for work that
    /// it does not take is caught here.
    func settle(_ limit: Int = 20_000, file: StaticString = #filePath, line: UInt = #line) {
        var rest = limit
        while waitTime == 0 || !waiting.isEmpty || peers.contains(where: \.isEventful) {
            turn()
            rest -= 1
            guard rest > 0 else {
                return XCTFail("the server spins", file: file, line: line)
            }
        }
    }

    /// Lets time pass, in steps as an event loop would wake.
    func advance(_ milliseconds: Milliseconds) {
        let end = monotonic + milliseconds
        settle()
        while monotonic < end {
            let step = min(max(waitTime ?? .max, 1), end - monotonic)
            monotonic += step
            wall += step
            turn()
            settle()
        }
    }

    private func accept(_ peer: SimulatedPeer, _ handler: some TurnHandler) {
        guard let handle = handler.accept(from: peer.address, over: peer.tls == nil ? .http : .https) else {
            peer.isClosed = true
            return
        }
        peer.handle = handle
        transport.peers[handle.raw] = peer
        peers.append(peer)
    }

    private func serve(_ peer: SimulatedPeer, _ handler: some TurnHandler) {
        guard let handle = peer.handle else { return }
        if peer.wantsWriting, peer.window > 0 { handler.becameWritable(handle) }
        if peer.breaks { return handler.didBreak(handle) }
        guard peer.wantsReading, !peer.arriving.isEmpty || peer.ends else { return }
        guard let buffer = handler.readBuffer(for: handle) else { return }
        guard !peer.arriving.isEmpty else { return handler.didEnd(handle) }
        let piece = peer.arriving[0]
        let count = min(piece.count, buffer.count)
        XCTAssertGreaterThan(count, 0, "a read without room")
        piece.withUnsafeBufferPointer { _ = memcpy(buffer.base, $0.baseAddress!, count) }
        if count == piece.count {
            peer.arriving.removeFirst()
        } else {
            peer.arriving[0].removeFirst(count)
        }
        handler.didRead(handle, count: count)
    }

    /// Views of these are valid within a turn: whoever keeps one longer reads nonsense.
    private func spoilBorrowedMemory() {
        for memory in [server.readMemory, server.scratch, server.explanationMemory] {
            memset(memory.base, 0xEE, min(memory.count, 4_096))
        }
    }

    // MARK: Peers

    /// An address that nobody else has.
    func newAddress() -> PeerAddress {
        addresses += 1
        return PeerAddress(high: 0, low: 0xFFFF_0A00_0000 + addresses)
    }

    /// All peers come over TLS, and have shaken hands when they are connected: to the server
    /// nothing must be different.
    static let newcomersSpeakTLS =
        ProcessInfo.processInfo.environment["CONCORD_TESTS_OVER_TLS"] != nil

    func connect(from address: PeerAddress? = nil) -> Client {
        World.newcomersSpeakTLS ? connectSecurely(from: address) : connectPlainly(from: address)
    }

    func connectPlainly(from address: PeerAddress? = nil) -> Client {
        let peer = SimulatedPeer(address: address ?? newAddress())
        turn(arriving: [peer])
        return Client(peer, in: self)
    }

    /// With the handshake done; or as far as it is, if the server has given it up.
    func connectSecurely(
        from address: PeerAddress? = nil, with tls: SimulatedTLS = SimulatedTLS()
    ) -> Client {
        let client = beginSecurely(from: address, with: tls)
        settle()
        return client
    }

    /// The client's first message is on its way.
    func beginSecurely(
        from address: PeerAddress? = nil, with tls: SimulatedTLS = SimulatedTLS()
    ) -> Client {
        let peer = SimulatedPeer(address: address ?? newAddress(), tls: tls)
        peer.get([])
        turn(arriving: [peer])
        return Client(peer, in: self)
    }

    /// A token for a member, signed with the server's own key.
    func token(
        _ user: Int64, name: String = "someone", expiresAt: Int64? = nil
    ) -> String {
        let username = lent(name)
        let claims = TokenClaims(
            user: user, username: username, issuedAt: wall / 1_000,
            expiresAt: expiresAt ?? wall / 1_000 + 86_400 * 30,
            issuedAtRunning: server.hub.running.seconds, generation: 0)
        var out = ByteWriter(.allocate(2_048))
        XCTAssertTrue(server.tokens.sign(claims, into: &out))
        return String(out.bytes)
    }

    var admin: Int64 {
        let name = lent("admin")
        return (try? store.credential(username: name)?.user.value) ?? 0
    }

    var general: Int64 {
        (try? store.community()?.defaultChannel?.value) ?? 0
    }

    /// A member straight in the store.
    @discardableResult
    func addUser(_ name: String) throws -> Int64 {
        let username = lent(name)
        let salt = lent([UInt8](repeating: 1, count: 16))
        let hash = lent([UInt8](repeating: 2, count: 32))
        let id = server.hub.identifiers.next(at: wall)
        _ = try store.createUser(
            id: UserID(id), username: username, nickname: username,
            createdAt: wall, rounds: 10, salt: salt,
            hash: hash)
        try store.commit()
        return id
    }

    @discardableResult
    func addChannel(
        _ name: String, under parent: Int64? = nil, ordinality: Int64 = 0,
        description: String? = nil
    ) throws -> Int64 {
        let name = lent(name)
        let description = description.map { lent($0) }
        let capabilities = lent(#"["text"]"#)
        let id = server.hub.identifiers.next(at: wall)
        try store.createChannel(
            Channel(
                id: ChannelID(id), parent: parent.map { ChannelID($0) }, ordinality: ordinality,
                name: name, description: description,
                capabilities: capabilities, createdAt: wall, createdBy: UserID(admin)))
        return id
    }

    @discardableResult
    func addChat(_ content: String, in channel: Int64? = nil, by author: Int64? = nil) throws
        -> Int64
    {
        let text = lent(content)
        let id = server.hub.identifiers.next(at: wall)
        try store.insertChat(
            ChatRecord(
                id: ChatID(id), createdAt: wall, author: UserID(author ?? admin),
                channel: ChannelID(channel ?? general), thread: nil, content: text,
                edited: false))
        return id
    }

    // MARK: Accounts of what is lent

    var freeInputs: Int {
        var slots: [SlotPool.Slot] = []
        while let slot = server.inputs.acquire() { slots.append(slot) }
        for slot in slots.reversed() { server.inputs.release(slot) }
        return slots.count
    }

    var freeOutputs: Int {
        var slots: [SlotPool.Slot] = []
        let nobody = Handle(index: 0, generation: 0)
        while let slot = server.outputs.acquire(for: nobody) { slots.append(slot) }
        for slot in slots.reversed() { server.outputs.release(slot) }
        return slots.count
    }

    /// What must hold between any two turns.
    func assertInvariants(file: StaticString = #filePath, line: UInt = #line) {
        var inputs: [UInt16] = []
        var outputs: [UInt16] = []
        var open = 0
        var subscribed = 0
        for index in 0..<server.connections.usedBound {
            guard let handle = server.connections.handle(at: index) else { continue }
            open += 1
            let connection = server.connections[handle].pointee
            if let slot = connection.input { inputs.append(slot.index) }
            if let slot = connection.output { outputs.append(slot.index) }
            XCTAssertTrue(connection.isOpen, "a closed one was not reaped", file: file, line: line)
            XCTAssertFalse(connection.isInTurn, file: file, line: line)
            if let place = connection.place {
                subscribed += 1
                let subscriber = server.subscribers[place].pointee
                XCTAssertEqual(subscriber.connection, handle, file: file, line: line)
                XCTAssertLessThanOrEqual(
                    subscriber.cursor,
                    subscriber.frameEnd == subscriber.cursor
                        ? server.hub.ring.published : subscriber.frameEnd, file: file, line: line)
                XCTAssertGreaterThanOrEqual(
                    subscriber.cursor, server.slowestCursor, file: file, line: line)
            }
        }
        XCTAssertEqual(
            Set(inputs).count, inputs.count, "an input lent twice", file: file, line: line)
        XCTAssertEqual(
            Set(outputs).count, outputs.count, "an output lent twice", file: file, line: line)
        XCTAssertEqual(server.inputs.count, inputs.count, "an input leaked", file: file, line: line)
        XCTAssertEqual(
            server.options.outputBuffers - freeOutputs, outputs.count, "an output leaked",
            file: file, line: line)
        XCTAssertEqual(server.subscribers.count, subscribed, file: file, line: line)
        XCTAssertEqual(server.connections.count, open, file: file, line: line)
        XCTAssertEqual(peers.count, open, file: file, line: line)
    }
}
