import Memory
import Model

/// What the core asks of the side that owns the sockets. A connection is named by its index
/// (the loop's own tables run along) and its handle.
public protocol Transport: ~Copyable {
    /// Sends as much as the peer takes now, in one system call.
    mutating func write(_ connection: Handle, _ output: Output) -> WriteOutcome
    /// The same for one piece.
    mutating func write(_ connection: Handle, _ piece: Bytes) -> WriteOutcome
    /// Which events the connection wants to hear of from now on.
    mutating func setInterest(_ connection: Handle, reading: Bool, writing: Bool)
    /// Says to the peer that nothing more will come.
    mutating func shutdownWrite(_ connection: Handle)
    /// Closes the socket: the last that is heard of this handle.
    mutating func close(_ connection: Handle)
}

extension Transport where Self: ~Copyable {
    public mutating func write(_ connection: Handle, _ piece: Bytes) -> WriteOutcome {
        write(connection, Output(piece))
    }
}

public enum WriteOutcome {
    /// So many bytes went; fewer than offered means that the peer is full.
    case wrote(Int)
    /// The connection is broken.
    case failed
}

/// The bytes of one write to one peer, as an ordered list of at most `piecesMax` pieces.
public struct Output {
    /// One element per piece. The only place that states the number: everything that holds the
    /// pieces of a write has this type. `piecesMax` checks it against its parts.
    public typealias PerPiece<Element> = InlineArray<6, Element>

    /// The longest write is the rest of a frame of the ring, the private output, and
    /// `VisibleRuns.runsMax` runs of further frames. The frame and the runs lie between the
    /// subscriber's cursor and the end of the ring, a stretch no longer than the ring: it passes the
    /// end of the ring's memory at most once, which cuts one piece in two.
    public static var piecesMax: Int {
        let partialFrame = 1, privateOutput = 1, wrap = 1
        return partialFrame + privateOutput + VisibleRuns.runsMax + wrap
    }

    private var pieces = PerPiece<Bytes>(repeating: .empty)
    public private(set) var pieceCount = 0
    /// Bytes in all pieces together.
    public private(set) var count = 0

    init() {
        // Both are constants: the release build removes the check.
        precondition(pieces.count == Output.piecesMax)
    }

    public init(_ piece: Bytes, _ next: Bytes = .empty) {
        add(piece)
        add(next)
    }

    @inline(__always)
    mutating func add(_ piece: Bytes) {
        guard !piece.isEmpty else { return }
        pieces[pieceCount] = piece
        pieceCount += 1
        count += piece.count
    }

    @inline(__always)
    public subscript(index: Int) -> Bytes { pieces[index] }
}

/// What a listener speaks, with the names that addresses begin with.
public enum Scheme {
    case http
    /// HTTP over TLS (RFC 9110 §4.2.2).
    case https
}

/// The time, as the loop reads it once a turn, in milliseconds.
public struct TurnTime {
    /// Never jumps; for deadlines and rates.
    public var monotonic: Milliseconds
    /// Since 1970, as far as the board knows; for people.
    public var wall: Milliseconds

    public init(monotonic: Milliseconds, wall: Milliseconds) {
        self.monotonic = monotonic
        self.wall = wall
    }
}

/// A server without I/O: what the event loop, or a test, drives turn by turn.
///
/// A turn: `beginTurn`, then any number of `accept`, `didRead`, `didEnd`, `didBreak` and
/// `becameWritable`, then `finishTurn`.
public protocol TurnHandler: AnyObject {
    func beginTurn(_ time: TurnTime)

    /// False if no newcomer can be taken before this turn has ended.
    var mayAccept: Bool { get }

    /// A new peer; nil if it is refused, and then its socket is closed at once.
    func accept(from address: PeerAddress, over scheme: Scheme) -> Handle?

    /// Where to read to, or nil if the connection must wait for a later turn.
    func readBuffer(for connection: Handle) -> MutableBytes?

    /// So many bytes were read into the buffer just lent.
    func didRead(_ connection: Handle, count: Int)

    /// The peer has shut down its sending side.
    func didEnd(_ connection: Handle)

    /// The connection is broken.
    func didBreak(_ connection: Handle)

    func becameWritable(_ connection: Handle)

    /// Commits, publishes, sends, reaps, and runs timers.
    func finishTurn<T: Transport & ~Copyable>(_ transport: inout T)

    /// Milliseconds until there is something to do without the peers; nil for never, 0 for
    /// work that waits already.
    var waitTime: Milliseconds? { get }

    /// Appends ` name=value` for each counter.
    func writeStatistics(into out: inout ByteWriter)

    /// Says in a few words how things are, for whoever asks the service manager.
    func writeStatus(into out: inout ByteWriter)

    /// False while nothing can be stored; asked between turns.
    var canStore: Bool { get }

    /// Within a turn: if nothing could be stored, has its end see whether that is still so.
    func tryToStoreAgain()

    /// Begins an orderly end: no new peers, everyone told (1001).
    func beginShutdown()

    /// True when the last peer has gone after `beginShutdown`.
    var isFinished: Bool { get }
}
