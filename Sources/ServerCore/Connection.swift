import HTTP
import Memory
import Model
import Storage
import WebSocket

/// One peer. Between requests and between messages it owns no buffer: only what is
/// unfinished, coming in or going out, borrows one.
struct Connection {
    /// What the connection is doing. Every transition is made by `Server`, in one turn.
    enum Phase {
        /// Waiting for the head of a request, or for the rest of it.
        case readingHead
        /// The head is here and was accepted; the body is arriving.
        case readingBody
        /// A login or registration waits for its password to be hashed.
        case hashingPassword
        /// An answer is on its way out. Nothing is read meanwhile.
        case answering(then: AfterAnswer)
        /// Our side has ended: what the peer still sends is read and dropped, so that it gets
        /// to see the answer instead of a reset (RFC 9112 §9.6).
        case draining
        /// An open WebSocket.
        case webSocket
        /// A close frame was sent; the peer's is awaited (RFC 6455 §7.1.1). `peerIsDone`
        /// when it has come already, and only ours must still leave.
        case closing(peerIsDone: Bool)
        /// To be reaped at the end of the turn.
        case closed
    }

    enum AfterAnswer {
        case nextRequest
        /// Our side ends; what the peer still sends is drained.
        case close
    }

    let address: PeerAddress
    let scheme: Scheme
    var phase = Phase.readingHead

    /// The borrowed input buffer. In HTTP it holds the request from its first byte on,
    /// `inputCount` bytes; on a WebSocket it belongs to the message decoder.
    var input: SlotPool.Slot?
    var inputCount = 0

    /// The borrowed output buffer and the part of it that is still to be sent.
    var output: SlotPool.Slot?
    var outputStart = 0
    var outputEnd = 0
    /// When the peer last took all that the buffer held, or got the buffer.
    var outputSince: Milliseconds = 0

    var requestParser: RequestParser
    var body = BodyProgress()
    var peer = WebSocketPeer()

    /// The last write took less than there was: wait for the peer before the next.
    var isBlocked = false
    /// Already in the list of connections to flush at the end of this turn.
    var isInTurn = false
    /// Already in the list of connections to go on with in the next one.
    var isReady = false
    /// The turn whose commit its answer, or its sender's trust, depends on.
    var dependsOnTurn: UInt32 = 0
    /// It was accepted only to be told that there is no place for it.
    var isRefused = false
    /// The head of a request has come whole.
    var hasAsked = false
    /// Who its last request was by.
    var user: UserID?
    /// The peer has shut down its side: it will ask nothing more.
    var hasEnded = false

    init(address: PeerAddress, scheme: Scheme, headBytesMax: Int) {
        self.address = address
        self.scheme = scheme
        requestParser = RequestParser(headBytesMax: headBytesMax)
    }

    /// The place among the readers of the ring; nil for whoever is not one of them.
    var place: Int? {
        guard case .webSocket = phase, case .live(let place) = peer.stream else { return nil }
        return place
    }

    var isOpen: Bool {
        if case .closed = phase { return false }
        return true
    }
}

/// How far the body of the request at hand has come. It is decoded in place, right behind
/// the head, where it ends up in one piece.
struct BodyProgress {
    var headLength = 0
    var decodedCount = 0
    var decoder: BodyDecoder?
}

/// What an open WebSocket remembers beside its place in the ring.
struct WebSocketPeer {
    enum Stream {
        /// From the store: what comes after this event.
        case replaying(after: Int64)
        /// From the ring, at its place among the subscribers.
        case live(place: Int)
    }

    var user = UserID(0)
    /// The token that it came with: it may be revoked alone.
    var token = TokenMark(0)
    /// In seconds that the server has run (`RunningTime`).
    var tokenRunsOutAt: Int64 = 0
    var decoder = MessageDecoder()
    /// Where its events come from.
    var stream = Stream.replaying(after: 0)
    /// When it was opened, to tell the oldest of one member.
    var openedAt: Milliseconds = 0
    /// Where the last pong lies in the output buffer, while it is the last frame there.
    var lastPong: Int?
    /// Pays for messages (`Rate`).
    var messageArrival: Milliseconds = 0
}
