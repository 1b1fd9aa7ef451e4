import HTTP
import Memory
import WebSocket

// The end of a turn, for one connection: what it has pending leaves in one call.
extension Server {
    func flush<T: Transport & ~Copyable>(_ handle: Handle, _ transport: inout T) {
        let connection = connections[handle]
        guard connection.pointee.isOpen else { return }
        if !connection.pointee.isBlocked { send(handle, &transport) }
        guard connection.pointee.isOpen else { return }
        // A blocked one may have paused: it must not wake the loop for what it will not take.
        transport.setInterest(
            handle, reading: wantsInput(connection), writing: connection.pointee.isBlocked)
    }

    @inline(__always)
    private func send<T: Transport & ~Copyable>(_ handle: Handle, _ transport: inout T) {
        let connection = connections[handle]
        var output = Output()
        collect(handle, into: &output)
        if output.count > 0 {
            switch transport.write(handle, output) {
            case .failed: return drop(handle)
            case .wrote(let count):
                advance(handle, by: count)
                connection.pointee.isBlocked = count < output.count
            }
        }
        if !connection.pointee.isBlocked { finishedSending(handle, &transport) }
    }

    /// A peer took less than the frames that it was offered, or is gone.
    func sentInPart<T: Transport & ~Copyable>(
        _ handle: Handle, _ outcome: WriteOutcome, _ transport: inout T
    ) {
        switch outcome {
        case .failed: drop(handle)
        case .wrote(let count):
            advance(handle, by: count)
            connections[handle].pointee.isBlocked = true
            transport.setInterest(
                handle, reading: wantsInput(connections[handle]), writing: true)
        }
    }

    /// Gathers what may leave now, in order. Private frames go only between two of the ring's.
    @inline(__always)
    private func collect(_ handle: Handle, into output: inout Output) {
        let connection = connections[handle]
        guard case .webSocket = connection.pointee.phase else {
            return addPrivate(connection, to: &output)
        }
        let subscriber = subscribers[connection.pointee.peer.place].pointee
        guard subscriber.cursor >= hub.ring.oldest else {
            // More was overwritten in one turn than was kept free: nothing whole is left to send.
            statistics.fellBehind += 1
            return drop(handle)
        }
        let published = hub.ring.published
        if connection.pointee.output == nil {
            addRing(from: subscriber.cursor, to: published, output: &output)
        } else {
            addRing(from: subscriber.cursor, to: subscriber.frameEnd, output: &output)
            addPrivate(connection, to: &output)
            addRing(from: subscriber.frameEnd, to: published, output: &output)
        }
    }

    @inline(__always)
    private func addRing(
        from start: BroadcastRing.Position, to end: BroadcastRing.Position, output: inout Output
    ) {
        guard start < end else { return }
        let (first, second) = hub.ring.pieces(from: start, to: end)
        output.add(first)
        output.add(second)
    }

    private func addPrivate(
        _ connection: UnsafeMutablePointer<Connection>, to output: inout Output
    ) {
        guard let slot = connection.pointee.output else { return }
        output.add(
            outputs[slot].bytes[connection.pointee.outputStart..<connection.pointee.outputEnd])
    }

    /// Moves on what was gathered by the bytes that really left.
    @inline(__always)
    private func advance(_ handle: Handle, by count: Int) {
        let connection = connections[handle]
        guard case .webSocket = connection.pointee.phase else {
            connection.pointee.outputStart += count
            return
        }
        var rest = count
        let subscriber = subscribers[connection.pointee.peer.place]
        if connection.pointee.output != nil {
            let partial = min(rest, Int(subscriber.pointee.frameEnd - subscriber.pointee.cursor))
            subscriber.pointee.cursor += UInt64(partial)
            rest -= partial
            let own = connection.pointee.outputEnd - connection.pointee.outputStart
            let privately = min(rest, own)
            connection.pointee.outputStart += privately
            rest -= privately
        }
        subscriber.pointee.cursor += UInt64(rest)
        if subscriber.pointee.cursor == hub.ring.published {
            subscriber.pointee.frameEnd = subscriber.pointee.cursor
        } else if subscriber.pointee.cursor > subscriber.pointee.frameEnd {
            subscriber.pointee.frameEnd = hub.ring.frameEnd(
                at: subscriber.pointee.cursor, from: subscriber.pointee.frameEnd)
        }
    }

    /// Everything pending has left: what comes next depends on the phase.
    private func finishedSending<T: Transport & ~Copyable>(
        _ handle: Handle, _ transport: inout T
    ) {
        let connection = connections[handle]
        switch connection.pointee.phase {
        case .answering(let then): finishedAnswer(handle, then, &transport)
        case .webSocket:
            releaseOutput(handle)
            if connection.pointee.inputCount > 0 { activateNextTurn(handle) }
        case .closing(peerIsDone: true):
            releaseOutput(handle)
            drain(handle, &transport)
        case .closing(peerIsDone: false):
            // A slow reader may have taken long to get here: its turn to answer begins now.
            guard connection.pointee.output != nil else { return }
            releaseOutput(handle)
            timers.set(.close, for: Int(handle.index), now: time.monotonic)
        case .readingHead, .readingBody, .hashingPassword, .draining:
            releaseOutput(handle)
        case .closed: break
        }
    }

    private func finishedAnswer<T: Transport & ~Copyable>(
        _ handle: Handle, _ then: Connection.AfterAnswer, _ transport: inout T
    ) {
        let connection = connections[handle]
        if let slot = connection.pointee.output, refill(handle, slot) {
            // One buffer a turn: a long answer does not hold up the others.
            return activateNextTurn(handle)
        }
        guard connection.pointee.isOpen else { return }
        releaseOutput(handle)
        switch then {
        case .close: drain(handle, &transport)
        case .nextRequest:
            connection.pointee.phase = .readingHead
            timers.set(.idle, for: Int(handle.index), now: time.monotonic)
            if isShuttingDown || connection.pointee.hasEnded && connection.pointee.inputCount == 0 {
                return drop(handle)
            }
            if connection.pointee.inputCount > 0 { activateNextTurn(handle) }
        }
    }

    /// Ends our side and waits a little for the peer to end its own.
    private func drain<T: Transport & ~Copyable>(_ handle: Handle, _ transport: inout T) {
        guard !connections[handle].pointee.hasEnded else { return drop(handle) }
        releaseInput(handle)
        connections[handle].pointee.phase = .draining
        timers.set(.close, for: Int(handle.index), now: time.monotonic)
        transport.shutdownWrite(handle)
    }

    private func wantsInput(_ connection: UnsafeMutablePointer<Connection>) -> Bool {
        switch connection.pointee.phase {
        case .readingHead, .readingBody, .draining: true
        case .webSocket: connection.pointee.inputCount == 0
        case .closing(let peerIsDone): !peerIsDone
        case .hashingPassword, .answering, .closed: false
        }
    }
}
