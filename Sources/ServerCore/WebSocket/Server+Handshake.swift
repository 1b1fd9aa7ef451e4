import ConcordProtocol
import Crypto
import HTTP
import JSON
import Memory
import Model
import Storage
import WebSocket

// From a request to an open WebSocket (RFC 6455 §4.2, protocol A6).
extension Server {
    func openWebSocket(_ request: Request) throws(Failure) {
        let key = try handshakeKey(request.head)
        let query = try HandshakeQuery(request.head.query)
        guard let token = query.token else { throw .unauthorized }
        let handle = request.exchange.connection
        let claims = try authenticate(token, from: connections[handle].pointee.address)
        let asked = try query.after.map { after throws(Failure) in try replay(after: after) }
        makePlace(for: UserID(claims.user))
        guard let slot = acquireOutput(handle) else {
            return drop(handle)
        }
        var out = ByteWriter(outputs[slot])
        writeSwitchingProtocols(key, into: &out)
        let connection = connections[handle]
        connection.pointee.outputStart = 0
        connection.pointee.outputEnd = out.count
        connection.pointee.phase = .webSocket
        open(handle, claims, TokenMark(token))
        hub.connect(UserID(claims.user))
        sendHello(handle)
        switch asked {
        case .some(.some(let replay)): connection.pointee.peer.stream = replay
        case .some(.none):
            join(handle)
            sendResyncRequired(handle)
        case .none: join(handle)
        }
    }

    /// A member who has as many connections as one may have gives up the oldest (protocol C8).
    private func makePlace(for user: UserID) {
        let limit = options.connectionsPerUser
        guard limit > 0 else { return }
        var count = 0
        var oldest: Handle?
        forEachWebSocket { handle in
            let peer = connections[handle].pointee.peer
            guard peer.user == user else { return }
            count += 1
            if let other = oldest, connections[other].pointee.peer.openedAt <= peer.openedAt {
                return
            }
            oldest = handle
        }
        guard count >= limit, let oldest else { return }
        statistics.replaced += 1
        closeWebSocket(oldest, .replaced, "replaced by a newer connection")
    }

    func forEachWebSocket(_ visit: (Handle) -> Void) {
        for index in 0..<connections.usedBound {
            guard let handle = connections.handle(at: index),
                case .webSocket = connections[handle].pointee.phase
            else { continue }
            visit(handle)
        }
    }

    /// What was missed cannot be told: the client must read it afresh (protocol C1).
    func sendResyncRequired(_ handle: Handle) {
        let newest = hub.publishedEvent
        sendPrivate(handle) { $0.resyncRequired(newestEvent: newest) }
    }

    func handshakeKey(_ head: RequestHead) throws(Failure) -> Bytes {
        guard head.asksForWebSocket else {
            throw Failure(.badRequest, "A WebSocket handshake is expected here (RFC 6455)")
        }
        guard let version = head.secWebSocketVersion else {
            throw Failure(.badRequest, "Sec-WebSocket-Version is missing")
        }
        guard version == "13" else {
            throw Failure(.upgradeRequired, "Only WebSocket version 13 is spoken here")
        }
        guard let key = head.secWebSocketKey, Handshake.isValidKey(key) else {
            throw Failure(.badRequest, "Sec-WebSocket-Key must be 16 bytes in base64")
        }
        return key
    }

    func writeSwitchingProtocols(_ key: Bytes, into out: inout ByteWriter) {
        var head = ResponseHead(.switchingProtocols, framing: .noBody, keepAlive: true)
        head.unixTime = hub.now / 1_000
        head.write(into: &out) { out in
            out.appendUpgradeFields()
            out.append("Sec-WebSocket-Accept: ")
            SHA1.digest(key, Bytes(Handshake.guid)).withBytes { digest in
                Handshake.writeAccept(digest: digest, into: &out)
            }
            out.append("\r\n")
        }
    }

    private func open(_ handle: Handle, _ claims: TokenClaims, _ token: TokenMark) {
        let connection = connections[handle]
        connection.pointee.peer = WebSocketPeer()
        connection.pointee.peer.user = UserID(claims.user)
        connection.pointee.user = UserID(claims.user)
        connection.pointee.peer.token = token
        connection.pointee.peer.tokenRunsOutAt = claims.runsOutAt
        connection.pointee.peer.openedAt = time.monotonic
        timers.set(.ping, for: Int(handle.index), now: time.monotonic)
        activate(handle)
    }

    /// The newest event is the newest durable one: later ones come by the ring.
    private func sendHello(_ handle: Handle) {
        let user = connections[handle].pointee.peer.user
        let newest = hub.publishedEvent
        sendPrivate(handle) { $0.hello(user: user, newestEvent: newest) }
    }
}

/// What the handshake's query may carry. An empty value counts as absent.
private struct HandshakeQuery {
    var token: Bytes?
    /// The newest event that the client has.
    var after: Int64?

    init(_ query: Bytes) throws(Failure) {
        var parameters = QueryParameters(query)
        while let (name, value) = parameters.next() {
            guard !value.isEmpty else { continue }
            switch name {
            case "token": token = value
            case "after":
                after = decimalInteger(value)
                guard after != nil else {
                    throw Failure(.badRequest, "after must be an integer")
                }
            default: break
            }
        }
    }
}
