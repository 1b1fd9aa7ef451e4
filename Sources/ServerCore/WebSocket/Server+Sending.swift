import ConcordProtocol
import JSON
import Memory
import Model
import WebSocket

// Private frames, closing, and readers that fall behind.
extension Server {
    /// Sends a message to one client alone.
    func sendPrivate(_ handle: Handle, _ encode: (inout JSONWriter) -> Void) {
        sendFrame(handle) { out in
            // The header's length depends on the payload's, so that is encoded first,
            // behind the longest header.
            let gap = FrameEncoder.headerBytesMax
            guard out.free > gap else { return out.markOverflow() }
            let room = out.rest.dropFirst(gap)
            var json = JSONWriter(ByteWriter(room))
            encode(&json)
            guard !json.overflowed else { return out.markOverflow() }
            let payload = json.bytes
            FrameEncoder.writeHeader(.text, payload: payload.count, into: &out)
            out.append(payload)
        }
    }

    func sendError(_ handle: Handle, _ code: ErrorCode, _ message: Bytes, nonce: Bytes?) {
        sendPrivate(handle) { $0.error(code, message: message, nonce: nonce) }
    }

    /// A peer that does not read gets the answer to its last ping alone (RFC 6455 §5.5.3).
    func sendPong(_ handle: Handle, _ payload: Bytes) {
        let connection = connections[handle]
        if connection.pointee.isBlocked, let last = connection.pointee.peer.lastPong,
            last >= connection.pointee.outputStart
        {
            connection.pointee.outputEnd = last
        }
        let count = sendFrame(handle) { FrameEncoder.writePong(payload, into: &$0) }
        guard let count else { return }
        connection.pointee.peer.lastPong = connection.pointee.outputEnd - count
    }

    /// The peer was silent for a while: see if it is still there, and still welcome.
    func ping(_ handle: Handle) {
        if tokenHasExpired(handle) {
            return closeWebSocket(handle, .tokenExpired, "the token has expired")
        }
        guard connections[handle].pointee.output != nil || !outputs.isExhausted else {
            // It has done nothing wrong: ask another time.
            return timers.set(.ping, for: Int(handle.index), now: time.monotonic)
        }
        // A blocked peer shows that it lives by reading; a ping would only hold a buffer.
        if !connections[handle].pointee.isBlocked {
            sendFrame(handle) { FrameEncoder.writePing(.empty, into: &$0) }
        }
        guard connections[handle].pointee.isOpen else { return }
        timers.set(.pong, for: Int(handle.index), now: time.monotonic)
    }

    func tokenHasExpired(_ handle: Handle) -> Bool {
        connections[handle].pointee.peer.tokenRunsOutAt <= hub.running.seconds
    }

    /// Starts the closing handshake. Nothing of the ring follows a close frame.
    func closeWebSocket(
        _ handle: Handle, _ code: CloseCode, _ reason: StaticString, peerIsDone: Bool = false
    ) {
        keepPartialFrame(handle)
        guard connections[handle].pointee.isOpen else { return }
        leave(handle)
        sendFrame(handle) { FrameEncoder.writeClose(code, reason: reason, into: &$0) }
        let connection = connections[handle]
        guard connection.pointee.isOpen else { return }
        connection.pointee.phase = .closing(peerIsDone: peerIsDone)
        timers.set(.close, for: Int(handle.index), now: time.monotonic)
        if !peerIsDone { receiveLeftOverFramesWhileClosing(handle) }
    }

    /// No longer reads the ring, and no longer counts as online.
    func leave(_ handle: Handle) {
        let peer = connections[handle].pointee.peer
        if case .live(let place) = peer.stream, let moved = subscribers.remove(place) {
            connections[moved].pointee.peer.stream = .live(place: place)
        }
        connections[handle].pointee.phase = .closing(peerIsDone: false)
        hub.disconnect(peer.user)
    }

    /// Appends a frame to the private output, and returns its length. A peer whose private output
    /// is full does not read what it asked for: it is dropped, and the result is nil.
    @discardableResult
    private func sendFrame(_ handle: Handle, _ write: (inout ByteWriter) -> Void) -> Int? {
        guard let slot = acquireOutput(handle) else { return dropped(handle) }
        let connection = connections[handle]
        let buffer = outputs[slot]
        if connection.pointee.outputStart > 0 { moveOutputToFront(connection, in: buffer) }
        var out = ByteWriter(buffer.dropFirst(connection.pointee.outputEnd))
        write(&out)
        guard !out.overflowed else { return dropped(handle) }
        connection.pointee.peer.lastPong = nil
        connection.pointee.outputEnd += out.count
        activate(handle)
        return out.count
    }

    private func dropped(_ handle: Handle) -> Int? {
        drop(handle)
        return nil
    }

    private func moveOutputToFront(
        _ connection: UnsafeMutablePointer<Connection>, in buffer: MutableBytes
    ) {
        let pending = connection.pointee.outputStart..<connection.pointee.outputEnd
        buffer.copy(buffer.bytes[pending], at: 0)
        connection.pointee.outputStart = 0
        connection.pointee.outputEnd = pending.count
    }

    // MARK: - Falling behind

    /// Makes sure that the commands to come overwrite nothing that a reader still needs:
    /// readers in their way are let go (4002) and may resume.
    func makeRoomInRing() {
        let headroom = max(2 * options.eventBytes, hub.ring.capacity / 8)
        // Who has all that is published is in nobody's way.
        let oldest = min(
            hub.ring.oldest(
                afterAppending: headroom, restricted: RestrictedFrames.capacity / 8),
            hub.ring.published)
        guard slowestCursor < oldest else { return }
        var slowest = hub.ring.published
        var place = subscribers.count
        while place > 0 {
            // Who is closed may take others along, when there are few buffers.
            place = min(place, subscribers.count) - 1
            guard place >= 0 else { break }
            let subscriber = subscribers[place].pointee
            if subscriber.cursor < oldest {
                statistics.fellBehind += 1
                if outputs.isScarce {
                    // A last word to the slow must not cost the others theirs.
                    drop(subscriber.connection)
                    continue
                }
                closeWebSocket(
                    subscriber.connection, .fellBehind, "fell behind: resume with after")
                guard connections[subscriber.connection].pointee.isOpen else { continue }
                timers.set(
                    .write, for: Int(subscriber.connection.index), now: time.monotonic)
            } else {
                slowest = min(slowest, subscriber.cursor)
            }
        }
        slowestCursor = slowest
    }

    /// Copies the rest of a frame that has left in part in front of the private output: a
    /// reader that leaves the ring must still get to the frame's end.
    private func keepPartialFrame(_ handle: Handle) {
        guard let place = connections[handle].pointee.place else { return }
        let subscriber = subscribers[place].pointee
        guard subscriber.cursor != subscriber.frameEnd else { return }
        guard subscriber.cursor >= hub.ring.oldest, let slot = acquireOutput(handle) else {
            return drop(handle)
        }
        let (first, second) = hub.ring.pieces(from: subscriber.cursor, to: subscriber.frameEnd)
        let connection = connections[handle]
        let pending = connection.pointee.outputStart..<connection.pointee.outputEnd
        let partial = first.count + second.count
        let buffer = outputs[slot]
        guard partial + pending.count <= buffer.count else { return drop(handle) }
        buffer.copy(buffer.bytes[pending], at: partial)
        buffer.copy(first, at: 0)
        buffer.copy(second, at: first.count)
        connection.pointee.outputStart = 0
        connection.pointee.outputEnd = partial + pending.count
    }
}
