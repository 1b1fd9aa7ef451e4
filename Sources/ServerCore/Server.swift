import Crypto
import HTTP
import Memory
import Model
import Storage
import WebSocket

/// The whole server without I/O: bytes, time and randomness come in, bytes come out. This
/// file has its state and its turn; what happens to a connection is in the extensions.
///
/// Everything is allocated here, before the first peer is accepted (`ServerOptions.plan`).
public final class Server: TurnHandler {
    public private(set) var options: ServerOptions
    let tokens: TokenSigner
    let log: Log
    let random: RandomSource
    let gauges: Gauges
    let descriptions: Descriptions
    let page: WebPage
    /// nil if the server has no certificate authority of its own.
    let trustPage: TrustPage?
    /// Removes the file that the first start may have written.
    let forgetInitialPassword: () -> Void

    var hub: Hub
    var connections: Pool<Connection>
    var subscribers: Subscribers
    var timers: TimerLists
    var lists: TurnLists
    var addressLimits: AddressLimits
    var memberLimits: MemberLimits
    var addressCounts: AddressCounts
    var shortages = Shortages()
    var passwords: PasswordQueue
    var inputs: SlotPool
    var outputs: OutputBuffers

    /// Where bytes are read to while their connection has nothing unfinished.
    let readMemory: MutableBytes
    /// For decoded text and decoded tokens, within one call.
    let scratch: MutableBytes
    /// For the sentence that explains an error.
    let explanationMemory: MutableBytes

    var time = TurnTime(monotonic: 0, wall: 0)
    /// Counts turns, so that a failed one finds its own answers.
    var turn: UInt32 = 0
    /// No subscriber's cursor lies before this position.
    var slowestCursor: BroadcastRing.Position = 0
    var uploads = Uploads()
    /// A returning client has no buffer for what it missed.
    var replayIsWaiting = false
    var isShuttingDown = false
    /// The password that the first start made was changed in this turn.
    var initialPasswordIsVoid = false
    /// Nothing could be stored when it was last tried.
    var lastCommitFailed = false
    var requestNumber: UInt64
    public internal(set) var statistics = Statistics()

    /// Peers beyond the limit that are still told so (503) instead of being hung up on.
    static let refusalReserve = 6
    /// Places for the operator while all others are taken.
    static let operatorReserve = 2

    public init(
        store: Store, options: ServerOptions, tokenKey: TokenKey, random: RandomSource, log: Log,
        gauges: Gauges = .none, descriptions: Descriptions = .none,
        page: WebPage = .none, trustPage: TrustPage? = nil,
        forgetInitialPassword: @escaping () -> Void = {}
    ) throws(StorageError) {
        self.options = options
        self.random = random
        self.log = log
        self.gauges = gauges
        self.descriptions = descriptions
        self.page = page
        self.trustPage = trustPage
        self.forgetInitialPassword = forgetInitialPassword
        tokens = TokenSigner(key: tokenKey, remembered: options.verifiedTokens)
        hub = try Hub(store: store, options: options)
        let peers = options.peersMax
        connections = Pool(capacity: peers)
        subscribers = Subscribers(capacity: peers)
        timers = TimerLists(capacity: peers)
        lists = TurnLists(capacity: peers)
        addressLimits = AddressLimits(capacity: options.addresses, seed: random.number())
        memberLimits = MemberLimits(capacity: options.addresses, seed: random.number())
        addressCounts = AddressCounts(connections: peers, seed: random.number())
        passwords = PasswordQueue(capacity: options.loginQueue, limits: options.limits)
        inputs = SlotPool(capacity: options.inputBuffers, slotBytes: options.inputBytes)
        outputs = OutputBuffers(capacity: options.outputBuffers, bytesEach: options.outputBytes)
        readMemory = .allocate(ServerOptions.readBytes)
        scratch = .allocate(max(options.scratchBytes, TokenSigner.scratchBytes))
        explanationMemory = .allocate(ServerOptions.explanationBytes)
        requestNumber = random.number()
        setTimerDurations()
    }

    /// Goes on with other settings; those that the memory plan is made from must be the same.
    public func goOn(with options: ServerOptions) {
        precondition(options.plan.total == self.options.plan.total)
        self.options = options
        setTimerDurations()
    }

    private func setTimerDurations() {
        timers.setDuration(of: .idle, to: options.idleTimeout)
        timers.setDuration(of: .request, to: options.requestTimeout)
        timers.setDuration(of: .write, to: options.writeTimeout)
        timers.setDuration(of: .ping, to: options.pingInterval)
        timers.setDuration(of: .pong, to: options.pingTimeout)
        timers.setDuration(of: .close, to: options.closeTimeout)
    }

    // MARK: - The turn

    public func beginTurn(_ time: TurnTime) {
        self.time = time
        hub.clock = time.wall
        hub.running.advance(to: time.monotonic)
        turn &+= 1
        makeRoomInRing()
        resumeReady()
    }

    public func finishTurn<T: Transport & ~Copyable>(_ transport: inout T) {
        advancePasswords()
        expireTimers()
        if isShuttingDown { sayGoodbye() }
        hub.purge()
        hub.catalogue(at: time.monotonic)
        commit()
        flushAll(&transport)
        hub.moveLog(at: time.monotonic)
        resumeReplays()
        reap(&transport)
        if shortages.isPending {
            shortages.report(to: log, now: time.monotonic, in: explanationMemory)
        }
    }

    public var waitTime: Milliseconds? {
        if lists.ready.count > 0 || lists.closed.count > 0 || !passwords.isEmpty { return 0 }
        if hub.hasPurgeWork { return 0 }
        if hub.ring.end != hub.ring.published || hub.store.hasUncommittedChanges { return 0 }
        if isShuttingDown, subscribers.count > 0, !outputs.isExhausted { return 0 }
        var deadline = timers.nextDeadline
        if let due = hub.cataloguePace.due { deadline = min(deadline ?? due, due) }
        if let due = hub.logPace.due { deadline = min(deadline ?? due, due) }
        guard let deadline else { return nil }
        return max(deadline - time.monotonic, 0)
    }

    public var isFinished: Bool { isShuttingDown && connections.count == 0 }

    /// Goes on with connections that had input left over when they were last served.
    private func resumeReady() {
        for index in 0..<lists.ready.count {
            let handle = lists.ready[index]
            guard connections.contains(handle) else { continue }
            connections[handle].pointee.isReady = false
            resume(handle)
        }
        lists.ready.removeAll()
    }

    /// Makes the turn durable and visible, or takes it back and says so to everyone who was
    /// about to be told otherwise.
    private func commit() {
        do throws(TurnFailure) {
            let hadChanges = hub.store.hasUncommittedChanges
            let start = hadChanges ? gauges.microseconds() : 0
            statistics.published += Int64(try hub.commit())
            if hadChanges { noteCommit(took: gauges.microseconds() - start) }
            if initialPasswordIsVoid { forgetInitialPassword() }
            initialPasswordIsVoid = false
        } catch {
            statistics.failedCommits += 1
            lastCommitFailed = true
            initialPasswordIsVoid = false
            log.turnFailed(error)
            for index in 0..<lists.active.count { retractAnswer(lists.active[index]) }
            failUploads()
        }
    }

    private func noteCommit(took microseconds: Int64) {
        lastCommitFailed = false
        statistics.commits += 1
        statistics.commitMicroseconds += microseconds
        statistics.commitMicrosecondsMax = max(statistics.commitMicrosecondsMax, microseconds)
    }

    private func flushAll<T: Transport & ~Copyable>(_ transport: inout T) {
        flushSubscribers(&transport)
        for index in 0..<lists.active.count {
            let handle = lists.active[index]
            guard connections.contains(handle) else { continue }
            connections[handle].pointee.isInTurn = false
            flush(handle, &transport)
        }
        lists.active.removeAll()
    }

    private func reap<T: Transport & ~Copyable>(_ transport: inout T) {
        for index in 0..<lists.closed.count {
            transport.close(lists.closed[index])
            connections.remove(lists.closed[index])
        }
        lists.closed.removeAll()
    }

    private func expireTimers() {
        while let (index, kind) = timers.popExpired(now: time.monotonic) {
            guard let handle = connections.handle(at: index) else { continue }
            expired(kind, handle)
        }
    }

    /// Has the end of this turn look at the connection: something is to be sent, or was done.
    func activate(_ handle: Handle) {
        let connection = connections[handle]
        guard !connection.pointee.isInTurn else { return }
        connection.pointee.isInTurn = true
        lists.active.append(handle)
    }

    /// Has the beginning of the next turn go on with the connection.
    func activateNextTurn(_ handle: Handle) {
        let connection = connections[handle]
        guard !connection.pointee.isReady else { return }
        connection.pointee.isReady = true
        lists.ready.append(handle)
    }

    // MARK: - Shutdown

    public func beginShutdown() {
        isShuttingDown = true
        for index in 0..<connections.usedBound {
            guard let handle = connections.handle(at: index) else { continue }
            switch connections[handle].pointee.phase {
            case .readingHead, .readingBody: drop(handle)
            case .hashingPassword:
                passwords.abandon(handle)
                refuse(handle, .shuttingDown)
            case .webSocket, .answering, .draining, .closing, .closed: break
            }
        }
    }

    /// From when on the server runs: before the first turn, which may be long in coming.
    public func start(at monotonic: Milliseconds) { hub.running.advance(to: monotonic) }

    /// The last of all, before the store is closed: what no turn has kept yet.
    public func finish() throws(StorageError) { try hub.keepRunningTime() }

    /// Closes as many WebSockets as there are buffers for; the others have later turns.
    private func sayGoodbye() {
        while subscribers.count > 0, !outputs.isExhausted {
            let last = subscribers[subscribers.count - 1].pointee.connection
            closeWebSocket(last, .goingAway, "the server is shutting down")
        }
    }
}
