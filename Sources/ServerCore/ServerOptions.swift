import Crypto
import HTTP
import Memory
import Model
import TLS
import WebSocket

/// What the settings say, in the units that the core works with. The table of settings in
/// `concord` is the only place that makes one from text.
public struct ServerOptions {
    public var limits = Limits()
    /// The longest event that an earlier run allowed: what is stored must still fit.
    public var storedEventBytes = 0

    /// Pool sizes.
    public var connections = 256
    /// Of one address; 0 is no limit.
    public var connectionsPerAddress = 64
    /// WebSockets of one member; 0 is no limit.
    public var connectionsPerUser = 32
    public var inputBuffers = 64
    public var outputBuffers = 32
    public var ringBytes = 1 << 20
    public var loginQueue = 16
    /// TLS sessions; 0 where there is no TLS.
    public var tlsConnections = 0
    public var addresses = 1_024
    /// Tokens whose signature need not be checked again; none where that is cheap.
    public var verifiedTokens = 0

    /// Times in milliseconds.
    public var requestTimeout: Milliseconds = 15_000
    public var idleTimeout: Milliseconds = 60_000
    public var writeTimeout: Milliseconds = 30_000
    public var pingInterval: Milliseconds = 30_000
    public var pingTimeout: Milliseconds = 30_000
    public var closeTimeout: Milliseconds = 3_000

    public var messageRate = Rate(300, per: 60_000)
    /// Of one member, over all their connections.
    public var changeRate = Rate(300, per: 60_000)
    public var markRate = Rate(600, per: 60_000)
    public var searchRate = Rate(60, per: 60_000)
    public var loginRate = Rate(10, per: 60_000)
    public var registrationRate = Rate(20, per: 3_600_000)
    public var connectionRate = Rate(240, per: 60_000)

    public var tokenValiditySeconds: Int64 = 30 * 86_400
    /// PBKDF2 rounds of a new hash.
    public var passwordRounds = 600_000
    /// Rounds between two turns: about a millisecond's worth on this board.
    public var passwordRoundsPerSlice = 1_000
    public var registration: Registration = .open
    public var passwordChangeRequiresOld = true
    public var metrics: MetricsAccess = .local
    /// The port that requests without TLS are sent on to; nil if they are answered.
    public var redirectPort: UInt16?

    public enum Registration: CaseIterable {
        case open
        case invite
        case closed

        /// As the settings and the API have it.
        public var name: StaticString {
            switch self {
            case .open: "open"
            case .invite: "invite"
            case .closed: "closed"
            }
        }
    }

    public init() {}

    /// A message from one address may come from several people behind it.
    static let addressShare = 4

    /// What one read takes from one peer at most.
    static let readBytes = 32 * 1024

    /// The longest sentence that explains an error.
    static let explanationBytes = 512

    /// A borrowed input buffer holds a whole request and some chunk framing that follows it, or
    /// a message, one control frame, and a read's worth of frames not yet decoded.
    var inputBytes: Int {
        max(
            limits.headBytesMax + limits.bodyBytesMax + 1024,
            MessageDecoder.bufferBytes(messageBytesMax: limits.messageBytesMax)
                + ServerOptions.readBytes)
    }

    /// The server's figures as text, with room for a few more.
    static let metricsBytes = 12 * 1024

    /// An answer's buffer holds its head and one row of any listing, the figures, or an error.
    var outputBytes: Int {
        // An error's body repeats the path, which quoting may double.
        let longest = max(eventBytes, 2 * limits.headBytesMax, ServerOptions.metricsBytes)
        return Server.bodyStart + longest + 2 * 1024
    }

    var plan: MemoryPlan {
        var plan = MemoryPlan()
        self.plan(into: &plan)
        return plan
    }

    /// The core's part of the memory plan.
    public func plan(into plan: inout MemoryPlan) {
        plan.add(
            "connections", count: peersMax,
            bytesEach: Pool<Connection>.bytes(capacity: 1) + TimerLists.bytes(capacity: 1)
                + Subscribers.bytes(capacity: 1) + Presence.bytes(capacity: 1)
                + TurnLists.bytes(capacity: 1) + FixedList<UserID>.bytes(capacity: 4))
        plan.add("input buffers", count: inputBuffers, bytesEach: inputBytes)
        plan.add(
            "output buffers", count: outputBuffers,
            bytesEach: OutputBuffers.bytesEach(outputBytes))
        plan.add(
            "spare outputs", count: OutputBuffers.reserve,
            bytesEach: OutputBuffers.bytesEach(outputBytes))
        plan.add("broadcast ring", bytesEach: ringBytes + RestrictedFrames.bytes)
        plan.add("read buffer", bytesEach: ServerOptions.readBytes)
        plan.add(
            "scratch", bytesEach: scratchBytes + eventBytes + ServerOptions.explanationBytes + Usernames.scratchBytes)
        plan.add(
            "waiting logins", count: loginQueue,
            bytesEach: PasswordQueue.bytes(capacity: 1, limits: limits))
        plan.add(
            "rights", bytesEach: RightsMemo.bytes(connections: peersMax) + RightsJudge.bytes)
        if verifiedTokens > 0 {
            plan.add("verified tokens", bytesEach: TokenSigner.bytes(remembered: verifiedTokens))
            plan.add("token signatures", bytesEach: PrivateKey.arenaBytes)
        }
        if tlsConnections > 0 {
            plan.add("TLS sessions", count: tlsConnections, bytesEach: TLSContext.sessionBytes)
            plan.add(
                "TLS for all",
                bytesEach: TLSContext.sharedBytes + SecureServer.bytes(peers: peersMax))
        }
        plan.add("address limits", count: addresses, bytesEach: AddressLimits.bytes(capacity: 1))
        plan.add("member limits", count: addresses, bytesEach: MemberLimits.bytes(capacity: 1))
        plan.add("address counts", bytesEach: AddressCounts.bytes(connections: peersMax))
    }

    /// The longest event, live or stored.
    public var eventBytes: Int { max(limits.eventBytesMax, storedEventBytes) }

    /// The smallest broadcast ring that these limits allow, a power of two.
    public var ringBytesMin: Int {
        var bytes = 1 << 16
        while bytes < 16 * eventBytes { bytes <<= 1 }
        return bytes
    }

    /// Peers that the server has tables for: the limit, a few who are told that it is reached, and
    /// the operator.
    public var peersMax: Int { connections + Server.refusalReserve + Server.operatorReserve }

    /// Decoding text with escapes needs twice the longest input.
    var scratchBytes: Int { 2 * max(limits.bodyBytesMax, limits.messageBytesMax) }
}
