import ConcordProtocol
import JSON
import Memory
import Model
import Storage

/// What members may do, and what follows from it: every command checks, stores, and appends
/// its events to the broadcast ring. Nothing it does is visible to anyone before `commit`.
struct Hub: ~Copyable {
    let store: Store
    let limits: Limits
    var ring: BroadcastRing
    var presence: Presence
    var identifiers: IdentifierClock

    let rightsMemo: RightsMemo
    var judge = RightsJudge()
    /// Whether anyone is kept from seeing anything: if not, every event is everyone's.
    var hidesAnything: Bool

    /// The newest event appended, and the newest that is durable.
    private(set) var newestEvent: Int64
    private(set) var publishedEvent: Int64
    /// The turn broke off half-way through a command: it can only be rolled back.
    private var turnFailure: TurnFailure?
    private let eventScratch: MutableBytes
    let nameScratch = MutableBytes.allocate(Usernames.scratchBytes)
    /// Members who appeared or disappeared in this turn, to be announced once more if it fails.
    var appearances: FixedList<UserID>

    /// What deleted channels held may have to be cleared away still.
    var hasPurgeWork: Bool
    /// Whose view of the channels changed in this turn: they must read it afresh.
    var whoseViewChanged = ViewChange.nobodys

    /// The board's clock at the beginning of the turn, in milliseconds since 1970.
    var clock: Milliseconds = 0
    var running: RunningTime
    var cataloguePace = CataloguePace()
    var logPace = LogPace()

    init(store: Store, options: ServerOptions) throws(StorageError) {
        let highestIdentifier = try store.highestIdentifier()
        let newestEvent = try store.newestEvent()
        let hidesAnything = try store.hidesAnything()
        let hasPurgeWork = try store.hasUnpurgedChannels()
        running = RunningTime(continuingFrom: try store.runningSeconds())
        self.store = store
        limits = options.limits
        ring = BroadcastRing(capacity: options.ringBytes)
        presence = Presence(connections: options.peersMax)
        identifiers = IdentifierClock(startingAfter: highestIdentifier)
        rightsMemo = RightsMemo(connections: options.peersMax)
        self.hidesAnything = hidesAnything
        self.hasPurgeWork = hasPurgeWork
        self.newestEvent = newestEvent
        publishedEvent = newestEvent
        eventScratch = .allocate(options.eventBytes)
        appearances = FixedList(capacity: Hub.appearancesMax(options))
    }

    /// A place among the connections may be left, taken and left again between two commits.
    static func appearancesMax(_ options: ServerOptions) -> Int { 4 * options.peersMax }

    deinit { eventScratch.base.deallocate() }

    /// The server's time, which does not go back.
    var now: Milliseconds { identifiers.time(at: clock) }

    /// Makes the turn's changes durable and then visible. On an error the turn is undone as if
    /// it had never been, and its events are gone with it. Returns how many messages were published.
    @discardableResult
    mutating func commit() throws(TurnFailure) -> Int {
        do throws(TurnFailure) {
            if let turnFailure { throw turnFailure }
            try tellWhoseViewChanged()
            try commitStore()
        } catch {
            store.rollback()
            ring.discardUnpublished()
            newestEvent = publishedEvent
            turnFailure = nil
            whoseViewChanged = .nobodys
            // What was learned in this turn may have been undone with it.
            rightsMemo.forgetAll()
            hidesAnything = (try? store.hidesAnything()) ?? true
            announceAgain()
            throw error
        }
        publishedEvent = newestEvent
        appearances.removeAll()
        return ring.publish()
    }

    /// Who is online is no change of the store: it holds although the turn was undone.
    private mutating func announceAgain() {
        for index in 0..<appearances.count { announce(appearances[index]) }
        appearances.removeAll()
    }

    /// Whose view of the channels changed reads everything afresh, also who is away now (protocol C1).
    private mutating func tellWhoseViewChanged() throws(TurnFailure) {
        guard let audience = whoseViewChanged.audience else { return }
        whoseViewChanged = .nobodys
        do {
            try broadcastStored(to: audience) { $0.resyncRequired(newestEvent: $1) }
        } catch {
            throw turnFailure ?? .ringFull
        }
    }

    private mutating func commitStore() throws(TurnFailure) {
        let keepsRunning = running.isToBeKept(withChanges: store.hasUncommittedChanges)
        guard store.hasUncommittedChanges || keepsRunning else { return }
        do {
            if keepsRunning { try store.keepRunningSeconds(running.seconds) }
            try store.commit()
        } catch {
            throw .storage(error)
        }
        // Even if it could not be kept: it is tried again after as much time.
        if keepsRunning { running.wasKept(running.seconds) }
    }

    /// Keeps how long the server has run, at its end.
    mutating func keepRunningTime() throws(StorageError) {
        try store.keepRunningSeconds(running.seconds)
        try store.commit()
    }

    /// Runs a store operation for a command; if it fails, the turn does.
    mutating func storing<Result>(
        _ operation: (Store) throws(StorageError) -> Result
    ) throws(HubError) -> Result {
        do {
            return try operation(store)
        } catch {
            throw failed(error)
        }
    }

    /// Remembers that the store failed inside a command: half of it must not stay.
    mutating func failed(_ error: StorageError) -> HubError {
        if store.hasUncommittedChanges { turnFailure = .storage(error) }
        return .storage(error)
    }

    var eventBytes: Int { eventScratch.count }

    /// Refuses a command before it changes anything, if the ring might not take its events.
    func reserve(events: Int) throws(HubError) {
        guard ring.hasRoom(forPayload: events * (eventScratch.count + 16)) else { throw .busy }
    }

    /// Stores an event and appends its message to the live stream. What is stored is the message, or
    /// what says the same in less.
    mutating func broadcastStored(
        as content: EventContent? = nil, to audience: Audience,
        _ encode: (inout JSONWriter, _ event: Int64) -> Void
    ) throws(HubError) {
        let event = newestEvent + 1
        var json = JSONWriter(ByteWriter(eventScratch))
        encode(&json, event)
        let payload = json.bytes
        guard !json.overflowed else {
            // What is stored may be longer than today's limits.
            turnFailure = .storage(.recordTooLong)
            throw .storage(.recordTooLong)
        }
        guard ring.hasRoom(forPayload: payload.count) else {
            turnFailure = .ringFull
            throw .busy
        }
        try storing { store throws(StorageError) in
            try store.appendEvent(id: event, audience: audience, content ?? .message(payload))
        }
        ring.append(text: payload, to: try narrowed(audience))
        newestEvent = event
    }

    /// Appends an event that is not stored: typing and presence.
    mutating func broadcast(to audience: Audience, _ encode: (inout JSONWriter) -> Void) {
        var json = JSONWriter(ByteWriter(eventScratch))
        encode(&json)
        precondition(!json.overflowed, "typing and presence are short")
        guard ring.hasRoom(forPayload: json.bytes.count) else { return }
        ring.append(text: json.bytes, to: (try? narrowed(audience)) ?? audience)
    }
}

/// Whose view of the channels has changed.
enum ViewChange: Equatable {
    case nobodys
    case of(UserID)
    case everyones

    /// Who is to be told.
    var audience: Audience? {
        switch self {
        case .nobodys: nil
        case .of(let user): .member(user)
        case .everyones: .everyone
        }
    }

    /// Both changes in one turn.
    mutating func add(_ user: UserID) {
        switch self {
        case .nobodys: self = .of(user)
        case .of(user), .everyones: break
        case .of: self = .everyones
        }
    }
}

/// Why a whole turn was undone.
enum TurnFailure: Error {
    case storage(StorageError)
    /// A command had more events than the ring takes in one turn.
    case ringFull
}

/// Why a command was not carried out.
enum HubError: Error {
    /// What was named is not there, or not there for this member.
    case notFound(StaticString)
    case forbidden(StaticString)
    case invalid(attribute: StaticString, rule: StaticString)
    /// The turn has no room left for more events: try again in a moment.
    case busy
    case storage(StorageError)
}
