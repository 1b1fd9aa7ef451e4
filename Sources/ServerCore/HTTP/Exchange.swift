import ConcordProtocol
import HTTP
import JSON
import Memory
import Model

/// What the answer to a request has to know of it.
struct Exchange {
    let connection: Handle
    /// Valid while the request is handled.
    let path: Bytes
    let minorVersion: Int
    /// HEAD: the head of what GET would answer (RFC 9110 §9.3.2).
    let omitsBody: Bool
    let then: Connection.AfterAnswer

    init(connection: Handle, head: RequestHead, then: Connection.AfterAnswer) {
        self.connection = connection
        path = head.path
        minorVersion = head.minorVersion
        omitsBody = head.method == .head
        self.then = then
    }

    /// For answers without a head at hand: to what never became a request, or has waited.
    init(
        connection: Handle, path: Bytes, then: Connection.AfterAnswer, minorVersion: Int = 1
    ) {
        self.connection = connection
        self.path = path
        self.minorVersion = minorVersion
        omitsBody = false
        self.then = then
    }

    /// The same, ending in another way.
    init(_ exchange: Exchange, then: Connection.AfterAnswer) {
        connection = exchange.connection
        path = exchange.path
        minorVersion = exchange.minorVersion
        omitsBody = exchange.omitsBody
        self.then = then
    }

    var keepsAlive: Bool {
        if case .nextRequest = then { return true }
        return false
    }
}

// Answers are built in a borrowed buffer: the body first, at a fixed place, then the head
// right before it. They leave when their turn is durable.
extension Server {
    /// Where bodies begin: behind the longest head and an interim answer not yet sent.
    static let bodyStart = ResponseHead.bytesMax + 32

    /// Answers 200 with one JSON value.
    func answer(_ exchange: Exchange, _ encode: (inout JSONWriter) -> Void) {
        guard let slot = beginAnswer(exchange) else { return }
        var json = JSONWriter(ByteWriter(outputs[slot].dropFirst(Server.bodyStart)))
        encode(&json)
        // What is stored may be longer than today's limits: that is no reason to fail others.
        guard !json.overflowed else { return answer(exchange, Failure.tooLongToAnswer) }
        finishAnswer(exchange, .ok, bodyCount: json.bytes.count, in: slot)
    }

    /// Answers 200 with a text of any other type.
    func answer(
        _ exchange: Exchange, as type: StaticString, _ write: (inout ByteWriter) -> Void
    ) {
        guard let slot = beginAnswer(exchange) else { return }
        var out = ByteWriter(outputs[slot].dropFirst(Server.bodyStart))
        write(&out)
        guard !out.overflowed else { return answer(exchange, Failure.tooLongToAnswer) }
        finishAnswer(exchange, .ok, type, bodyCount: out.count, in: slot)
    }

    /// Answers 200 with nothing.
    func answerEmpty(_ exchange: Exchange, extra: (inout ByteWriter) -> Void = { _ in }) {
        guard let slot = beginAnswer(exchange) else { return }
        finishAnswer(exchange, .ok, bodyCount: 0, in: slot, extra: extra)
    }

    /// Answers with an error and its body.
    func answer(_ exchange: Exchange, _ failure: Failure) {
        statistics.count(failure.status)
        guard let slot = beginAnswer(exchange) else { return }
        var message = ByteWriter(explanationMemory)
        failure.explain(into: &message)
        requestNumber &+= 1
        let body = ErrorBody(
            timestamp: hub.now, path: exchange.path, status: Int(failure.status.rawValue),
            reasonPhrase: failure.status.reasonPhrase, message: message.bytes,
            requestID: requestNumber)
        var json = JSONWriter(ByteWriter(outputs[slot].dropFirst(Server.bodyStart)))
        json.error(body)
        precondition(!json.overflowed, "outputBytes holds an error with the longest path")
        finishAnswer(exchange, failure.status, bodyCount: json.bytes.count, in: slot) { out in
            failure.allowedMethods?.writeField(into: &out)
            if let wait = failure.retryAfter {
                out.appendField("Retry-After", Int((wait + 999) / 1_000))
            }
            if failure.status == .unauthorized { out.appendField("WWW-Authenticate", "Bearer") }
            if failure.status == .upgradeRequired {
                out.appendField("Sec-WebSocket-Version", "13")
                out.appendUpgradeFields()
            }
        }
    }

    /// Answers what has no head at hand to say more of it with, and ends.
    func refuse(_ handle: Handle, _ failure: Failure) {
        answer(Exchange(connection: handle, path: .empty, then: .close), failure)
    }

    /// A buffer for the answer. Without one nothing can be said: the connection ends.
    func beginAnswer(_ exchange: Exchange) -> SlotPool.Slot? {
        statistics.requests += 1
        abandonUpload(exchange.connection)
        guard let slot = acquireOutput(exchange.connection) else {
            drop(exchange.connection)
            return nil
        }
        return slot
    }

    private func finishAnswer(
        _ exchange: Exchange, _ status: HTTPStatus, _ type: StaticString = "application/json",
        bodyCount: Int, in slot: SlotPool.Slot, extra: (inout ByteWriter) -> Void = { _ in }
    ) {
        var head = ResponseHead(
            status, contentType: bodyCount > 0 ? type : nil,
            framing: .length(bodyCount), keepAlive: exchange.keepsAlive)
        head.minorVersion = exchange.minorVersion
        placeHead(&head, in: slot, of: exchange, extra: extra)
        let end = exchange.omitsBody ? Server.bodyStart : Server.bodyStart + bodyCount
        send(exchange, upTo: end)
    }

    /// Puts the head before the body, and before the head what is still unsent of an
    /// interim answer.
    func placeHead(
        _ head: inout ResponseHead, in slot: SlotPool.Slot, of exchange: Exchange,
        extra: (inout ByteWriter) -> Void = { _ in }
    ) {
        let connection = connections[exchange.connection]
        let buffer = outputs[slot]
        let unsent = connection.pointee.outputStart..<connection.pointee.outputEnd
        head.unixTime = hub.now / 1_000
        var start = head.write(before: Server.bodyStart, of: buffer, extra: extra)
        if !unsent.isEmpty {
            start -= unsent.count
            buffer.copy(buffer.bytes[unsent], at: start)
        }
        connection.pointee.outputStart = start
    }

    func send(_ exchange: Exchange, upTo end: Int) {
        let connection = connections[exchange.connection]
        connection.pointee.outputEnd = end
        // A head alone says nothing that a failed turn would have to take back.
        if !exchange.omitsBody { connection.pointee.dependsOnTurn = turn }
        connection.pointee.phase = .answering(then: exchange.then)
        if case .nextRequest = exchange.then {} else { releaseInput(exchange.connection) }
        timers.set(.write, for: Int(exchange.connection.index), now: time.monotonic)
        activate(exchange.connection)
    }

    /// Says "go on" to a client that waits before it sends its body (RFC 9110 §10.1.1).
    func sendContinue(_ handle: Handle) {
        guard let slot = acquireOutput(handle) else { return drop(handle) }
        let connection = connections[handle]
        var writer = ByteWriter(outputs[slot])
        writer.append(ResponseHead.continueResponse)
        connection.pointee.outputStart = 0
        connection.pointee.outputEnd = writer.count
        activate(handle)
    }

    /// The turn was undone: an answer made in it is replaced, a sender on a WebSocket is told.
    func retractAnswer(_ handle: Handle) {
        let connection = connections[handle]
        guard connection.pointee.isOpen, connection.pointee.dependsOnTurn == turn else { return }
        switch connection.pointee.phase {
        case .answering(let then):
            connection.pointee.outputStart = 0
            connection.pointee.outputEnd = 0
            if let slot = connection.pointee.output { outputs.listing(of: slot).pointee = nil }
            answer(
                Exchange(connection: handle, path: .empty, then: then), Failure.storageFailed)
        case .webSocket:
            sendError(handle, .storageFailed, Bytes("The change could not be stored"), nonce: nil)
        case .readingHead, .readingBody, .hashingPassword, .draining, .closing, .closed: break
        }
    }
}
