import HTTP
import Memory
import Model
import WebSocket

// How connections begin, wait and end.
extension Server {
    public func accept(from address: PeerAddress, over scheme: Scheme) -> Handle? {
        guard !isShuttingDown, hasPlace(for: address) else {
            statistics.refusedConnections += 1
            return nil
        }
        let wait = addressLimits.charge(
            .connection, by: address, at: options.connectionRate, now: time.monotonic)
        if wait == nil, address != .controlSocket, openConnections >= options.connections {
            _ = makePlace()
        }
        let connection = Connection(
            address: address, scheme: scheme, headBytesMax: options.limits.headBytesMax)
        guard let handle = connections.insert(connection) else {
            statistics.refusedConnections += 1
            return nil
        }
        timers.set(.idle, for: Int(handle.index), now: time.monotonic)
        // Places are kept for the operator, who is needed most when all others are taken.
        if address != .controlSocket, openConnections > options.connections {
            statistics.refusedConnections += 1
            return refuseConnection(
                handle, .serviceUnavailable, "The server has no free connection")
        }
        if let wait {
            statistics.rateLimited += 1
            return refuseConnection(
                handle, .tooManyRequests, "Too many new connections from this address",
                retryAfter: wait)
        }
        return handle
    }

    /// A place that was given up in this turn is free in the next: newcomers wait for it.
    public var mayAccept: Bool {
        lists.closed.count == 0
            || connections.count < options.connections + Server.refusalReserve
    }

    /// A secure connection is ready for its first request: its time begins now.
    func didConnect(_ handle: Handle) {
        guard case .readingHead = connections[handle].pointee.phase else { return }
        timers.set(.idle, for: Int(handle.index), now: time.monotonic)
    }

    /// Tells a newcomer why it may not stay; but for that alone no handshake is made.
    private func refuseConnection(
        _ handle: Handle, _ status: HTTPStatus, _ message: StaticString,
        retryAfter: Milliseconds = 1_000
    ) -> Handle? {
        switch connections[handle].pointee.scheme {
        case .http:
            connections[handle].pointee.isRefused = true
            refuse(handle, Failure(status, message, retryAfter: retryAfter))
            return handle
        case .https:
            timers.clear(Int(handle.index))
            connections.remove(handle)
            return nil
        }
    }

    public func readBuffer(for handle: Handle) -> MutableBytes? {
        let connection = connections[handle]
        switch connection.pointee.phase {
        case .hashingPassword, .answering, .closed: return nil
        case .draining, .closing: return readMemory
        case .webSocket:
            return turnIsFull || connection.pointee.inputCount > 0 ? nil : readMemory
        case .readingHead, .readingBody:
            guard !turnIsFull else { return nil }
            guard let slot = connection.pointee.input else { return readMemory }
            let rest = inputs[slot].dropFirst(connection.pointee.inputCount)
            return rest.prefix(min(rest.count, ServerOptions.readBytes))
        }
    }

    /// No room is left to answer more, or to append more, before this turn has been flushed.
    var turnIsFull: Bool {
        let unpublished = Int(hub.ring.end - hub.ring.published)
        return unpublished > hub.ring.capacity / 2
            || (outputs.isExhausted && lists.active.count > 0)
    }

    public func didRead(_ handle: Handle, count: Int) {
        let connection = connections[handle]
        switch connection.pointee.phase {
        case .readingHead, .readingBody:
            let memory = connection.pointee.input.map { inputs[$0] } ?? readMemory
            connection.pointee.inputCount += count
            receiveRequest(handle, memory.prefix(connection.pointee.inputCount))
        case .webSocket: receiveFrames(handle, readMemory.prefix(count))
        case .closing(peerIsDone: false): receiveFramesWhileClosing(handle, readMemory.prefix(count))
        case .hashingPassword, .answering, .draining, .closing, .closed: break
        }
    }

    /// Serves input that was left over when the connection was last served.
    func resume(_ handle: Handle) {
        let connection = connections[handle]
        switch connection.pointee.phase {
        case .readingHead:
            guard let slot = connection.pointee.input else { return }
            guard !turnIsFull else { return activate(handle) }
            receiveRequest(handle, inputs[slot].prefix(connection.pointee.inputCount))
        case .webSocket:
            if connection.pointee.output != nil || connection.pointee.place == nil {
                activate(handle)
            }
            receiveLeftOverFrames(handle)
        case .answering: activate(handle)
        case .readingBody, .hashingPassword, .draining, .closing, .closed: break
        }
    }

    public func didEnd(_ handle: Handle) {
        let connection = connections[handle]
        connection.pointee.hasEnded = true
        switch connection.pointee.phase {
        case .hashingPassword, .answering: break
        case .readingHead, .readingBody, .draining, .webSocket, .closing: drop(handle)
        case .closed: break
        }
    }

    public func didBreak(_ handle: Handle) { drop(handle) }

    public func becameWritable(_ handle: Handle) {
        connections[handle].pointee.isBlocked = false
        activate(handle)
    }

    func expired(_ kind: TimerLists.Kind, _ handle: Handle) {
        switch kind {
        case .idle, .write, .close, .pong: drop(handle)
        case .ping: ping(handle)
        case .request: requestExpired(handle)
        }
    }

    private func requestExpired(_ handle: Handle) {
        if case .webSocket = connections[handle].pointee.phase {
            // Its buffer is wanted back now, so the rest of its frames is not waited for.
            closeWebSocket(
                handle, .policyViolation, "a message did not come in time", peerIsDone: true)
            return releaseInput(handle)
        }
        refuse(handle, Failure(.requestTimeout, "The request did not come in time"))
    }

    /// Ends a connection; its socket is closed at the end of the turn.
    func drop(_ handle: Handle) {
        let connection = connections[handle]
        switch connection.pointee.phase {
        case .closed: return
        case .webSocket: leave(handle)
        case .hashingPassword: passwords.abandon(handle)
        case .readingHead, .readingBody, .answering, .draining, .closing: break
        }
        abandonUpload(handle)
        connection.pointee.phase = .closed
        releaseInput(handle)
        releaseOutput(handle)
        timers.clear(Int(handle.index))
        lists.closed.append(handle)
    }
}
