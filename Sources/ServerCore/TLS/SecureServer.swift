import Memory
import Model
import TLS

/// A `Server` whose peers may come over TLS. It stands between the server and the loop: what
/// arrives is decrypted before the server sees it, and what the server writes is encrypted on its
/// way out (`SecureTransport`). A plain peer passes through it untouched.
///
/// A turn is the server's turn; handshakes go on at its end, when everything has been sent that
/// others wait for.
public final class SecureServer: TurnHandler {
    let server: Server
    let context: TLSContext
    let peers: UnsafeMutablePointer<SecurePeer>
    private let peersMax: Int
    private let readIdentity: () -> Void
    /// nil where the identity changes on request alone.
    private var watch: IdentityWatch?
    /// Asked for, and not yet done: there is no place for a third identity.
    private var identityIsDue = false
    private var warnsAgainAt: Milliseconds = 0
    var timers: TimerLists
    var lists: SecureLists
    /// Where a record is put together from pieces.
    let recordMemory: MutableBytes

    /// Steps of handshakes that compute with keys, in one turn: everybody else's messages wait for
    /// them. One alone is 20 to 90 milliseconds on the smallest boards; where they are quick, as
    /// many as take a few milliseconds.
    var stepsPerTurn: Int { max(1, SecureServer.stepMicrosecondsPerTurn / context.stepMicroseconds) }

    private static let stepMicrosecondsPerTurn = 5_000

    /// - Parameter readIdentity: has the context show what is the server's identity by now, and
    ///   says what came of it.
    public init(
        _ server: Server, _ context: TLSContext, watch: IdentityWatch? = nil,
        readIdentity: @escaping () -> Void
    ) {
        self.server = server
        self.watch = watch
        self.readIdentity = readIdentity
        self.context = context
        peersMax = server.options.peersMax
        peers = .allocate(capacity: peersMax)
        peers.initialize(repeating: SecurePeer(), count: peersMax)
        timers = TimerLists(capacity: peersMax)
        timers.setDuration(of: .request, to: server.options.requestTimeout)
        lists = SecureLists(capacity: peersMax)
        recordMemory = .allocate(TLSSession.recordBytes)
    }

    deinit {
        peers.deallocate()
        recordMemory.base.deallocate()
    }

    static func bytes(peers: Int) -> Int {
        TimerLists.bytes(capacity: peers) + SecureLists.bytes(capacity: peers)
            + peers * MemoryLayout<SecurePeer>.stride + TLSSession.recordBytes
    }

    @inline(__always)
    func peer(_ connection: Handle) -> UnsafeMutablePointer<SecurePeer> {
        precondition(Int(connection.index) < peersMax)
        return peers + Int(connection.index)
    }

    /// It is there, and nobody has given it up.
    func isOpen(_ connection: Handle) -> Bool {
        server.connections.contains(connection) && server.connections[connection].pointee.isOpen
    }

    // MARK: The turn

    public func beginTurn(_ time: TurnTime) {
        server.beginTurn(time)
        lists.beginTurn()
        for index in 0..<lists.resuming.count {
            let handle = lists.resuming[index]
            guard isOpen(handle) else { continue }
            peer(handle).pointee.isReady = false
            decrypt(handle)
        }
    }

    public func finishTurn<T: Transport & ~Copyable>(_ transport: inout T) {
        expireHandshakes()
        renewIdentityIfDue()
        withUnsafeMutablePointer(to: &transport) { base in
            var secure = SecureTransport(base, self)
            server.finishTurn(&secure)
            secure.goOnSending()
            secure.advanceHandshakes()
        }
    }

    public var waitTime: Milliseconds? {
        if lists.ready.count > 0 || lists.handshakes.count > 0 { return 0 }
        let wait = server.waitTime
        let deadline = min(timers.nextDeadline ?? .max, watch?.isDueAt ?? .max)
        guard deadline < .max else { return wait }
        return min(wait ?? .max, max(deadline - server.time.monotonic, 0))
    }

    public var isFinished: Bool { server.isFinished }

    public func beginShutdown() { server.beginShutdown() }

    /// Asks for it: at the end of a turn in which there is room for another identity. Open sessions
    /// need none, and handshakes that are under way keep theirs.
    public func renewIdentity() {
        if watch == nil { identityIsDue = true } else { watch?.hurry() }
    }

    private func renewIdentityIfDue() {
        if watch?.look(at: server.time) == true { identityIsDue = true }
        guard identityIsDue, context.canChangeIdentity else { return }
        identityIsDue = false
        readIdentity()
    }

    public func writeStatus(into out: inout ByteWriter) { server.writeStatus(into: &out) }

    public var canStore: Bool { server.canStore }

    public func tryToStoreAgain() { server.tryToStoreAgain() }

    public func writeStatistics(into out: inout ByteWriter) { server.writeStatistics(into: &out) }

    // MARK: Beginning and end of a peer

    public var mayAccept: Bool { server.mayAccept }

    public func accept(from address: PeerAddress, over scheme: Scheme) -> Handle? {
        guard let handle = server.accept(from: address, over: scheme) else { return nil }
        switch scheme {
        case .http: peer(handle).pointee = SecurePeer()
        case .https:
            peer(handle).pointee = SecurePeer(phase: .silent)
            timers.set(.request, for: Int(handle.index), now: server.time.monotonic)
        }
        return handle
    }

    private func expireHandshakes() {
        while let (index, _) = timers.popExpired(now: server.time.monotonic) {
            guard let handle = server.connections.handle(at: index) else { continue }
            server.statistics.tls.timedOut += 1
            server.didBreak(handle)
        }
    }

    /// Lends a session to a peer that begins to speak. When none is free somebody gives way who has
    /// had time enough, and the newcomer's bytes wait in the kernel for the next turn.
    func acquireSession(_ handle: Handle) -> TLSSession? {
        if let session = context.acquire() {
            server.statistics.tls.noteSessions(context.count)
            return session
        }
        warnOfExhaustion()
        if context.count < context.capacity || !makeRoom() {
            server.statistics.tls.refused += 1
            server.didBreak(handle)
        }
        return nil
    }

    /// Ends whoever has kept its handshake unfinished for longest; else whoever has asked nothing
    /// for longest, and has no WebSocket. Its session is free at the end of the turn.
    private func makeRoom() -> Bool {
        let now = server.time.monotonic
        let slowest = timers.longestWaiting(.request) { index in
            guard case .handshaking = peers[index].phase, !peers[index].isQueued else { return false }
            return server.connections.handle(at: index).map(isOpen) ?? false
        }
        if let slowest, timers.waited(slowest, now: now) >= SecureServer.patience {
            return end(slowest)
        }
        let idlest = server.timers.longestWaiting(.idle) { index in
            guard case .open(let session) = peers[index].phase else { return false }
            return !session.hasInput
        }
        guard let idlest, server.timers.waited(idlest, now: now) >= SecureServer.patience
        else { return false }
        return end(idlest)
    }

    private func end(_ index: Int) -> Bool {
        guard let handle = server.connections.handle(at: index) else { return false }
        server.didBreak(handle)
        return true
    }

    private func warnOfExhaustion() {
        guard server.time.monotonic >= warnsAgainAt else { return }
        warnsAgainAt = server.time.monotonic + SecureServer.warningInterval
        server.log(
            .warning,
            "all TLS sessions are taken (tls_connections): who is idle gives way, or others are refused")
    }

    private static let warningInterval: Milliseconds = 10 * 60_000

    /// How long nobody is hung up on in favour of others, in milliseconds.
    static let patience: Milliseconds = 2_000
}

/// What one connection is to TLS.
struct SecurePeer {
    enum Phase {
        /// No TLS at all.
        case plain
        /// Connected, and not a byte since: it has no session yet.
        case silent
        case handshaking(TLSSession)
        case open(TLSSession)
        /// Our side ends. What is pending is still to leave, then close_notify if it was not said.
        case closing(TLSSession, isSaid: Bool)
        /// Our side has ended; the peer's is read to its end.
        case closed(TLSSession)
    }

    /// How far the peer's side is.
    enum Input {
        case open
        /// Its side of the connection has ended; what came before may still have to be read.
        case ending
        /// The server knows.
        case ended
    }

    var phase = Phase.plain
    var input = Input.open
    /// What the server wants to hear of.
    var wantsReading = true
    var wantsWriting = false
    /// The last byte of the pending record counts as not written (`SecureTransport`).
    var owesByte = false
    /// In these lists already.
    var isQueued = false
    var isReady = false
    var isWritable = false

    var session: TLSSession? {
        switch phase {
        case .plain, .silent: nil
        case .handshaking(let session), .open(let session), .closed(let session): session
        case .closing(let session, _): session
        }
    }
}

/// The connections that a turn has to look at for TLS's sake. Each is in a list at most once.
struct SecureLists: ~Copyable {
    /// Their handshake can go on, in the order in which they came.
    var handshakes: FixedList<Handle>
    /// Those of them that have not had their turn when this one ends.
    var postponed: FixedList<Handle>
    /// Have input left that the server may take in the next turn, and in this one.
    var ready: FixedList<Handle>
    var resuming: FixedList<Handle>
    /// Have ciphertext left to be sent, and room for it.
    var writable: FixedList<Handle>

    init(capacity: Int) {
        handshakes = FixedList(capacity: capacity)
        postponed = FixedList(capacity: capacity)
        ready = FixedList(capacity: capacity)
        resuming = FixedList(capacity: capacity)
        writable = FixedList(capacity: capacity)
    }

    /// Who was ready has its turn now, and may be ready again for the next.
    mutating func beginTurn() {
        resuming.removeAll()
        swap(&resuming, &ready)
    }

    /// The next turn begins with those that were postponed.
    mutating func endTurn() {
        handshakes.removeAll()
        swap(&handshakes, &postponed)
    }

    static func bytes(capacity: Int) -> Int { 5 * FixedList<Handle>.bytes(capacity: capacity) }
}
