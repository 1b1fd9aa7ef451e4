import HTTP
import Memory
import Model
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
        while true {
            var output = Output()
            let runs = collect(handle, into: &output)
            guard connection.pointee.isOpen else { return }
            if output.count > 0 {
                switch transport.write(handle, output) {
                case .failed: return drop(handle)
                case .wrote(let count):
                    advance(handle, by: count, runs)
                    connection.pointee.isBlocked = count < output.count
                }
            } else if let runs {
                // Nothing of what is pending is for this reader.
                advance(handle, by: 0, runs)
            }
            if connection.pointee.isBlocked { return }
            guard let runs, runs.end < hub.ring.published else { break }
        }
        finishedSending(handle, &transport)
    }

    /// A peer took less than the frames that it was offered, or is gone.
    func sentInPart<T: Transport & ~Copyable>(
        _ handle: Handle, _ outcome: WriteOutcome, _ transport: inout T
    ) {
        switch outcome {
        case .failed: drop(handle)
        case .wrote(let count):
            // It was offered all that is published, for everyone.
            advance(handle, by: count, visibleRuns(of: handle))
            connections[handle].pointee.isBlocked = true
            transport.setInterest(
                handle, reading: wantsInput(connections[handle]), writing: true)
        }
    }

    /// Gathers what may leave now, in order. Private frames go only between two of the ring's.
    /// Returns the part of the ring behind the frame that the reader is in, if it reads the ring.
    @inline(__always)
    private func collect(_ handle: Handle, into output: inout Output) -> VisibleRuns? {
        let connection = connections[handle]
        guard let place = connection.pointee.place else {
            addPrivate(connection, to: &output)
            return nil
        }
        let subscriber = subscribers[place].pointee
        guard subscriber.cursor >= hub.ring.oldest else {
            // More was overwritten in one turn than was kept free: nothing whole is left to send.
            statistics.fellBehind += 1
            drop(handle)
            return nil
        }
        let runs = visibleRuns(of: handle)
        addRing(subscriber.cursor..<subscriber.frameEnd, to: &output)
        addPrivate(connection, to: &output)
        if let runs {
            for index in 0..<runs.count { addRing(runs[index], to: &output) }
        }
        return runs
    }

    private func visibleRuns(of handle: Handle) -> VisibleRuns? {
        let connection = connections[handle]
        guard let place = connection.pointee.place else { return nil }
        let user = connection.pointee.peer.user
        let start = subscribers[place].pointee.frameEnd
        return VisibleRuns(
            from: start, to: hub.ring.published, number: hub.ring.restricted.number(from: start),
            restricted: { hub.ring.restricted.frame($0) },
            isFor: { hub.belongs(user, to: $0) })
    }

    @inline(__always)
    private func addRing(
        _ range: Range<BroadcastRing.Position>, to output: inout Output
    ) {
        guard !range.isEmpty else { return }
        let (first, second) = hub.ring.pieces(from: range.lowerBound, to: range.upperBound)
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
    private func advance(_ handle: Handle, by count: Int, _ runs: VisibleRuns?) {
        let connection = connections[handle]
        guard let runs, let place = connection.pointee.place else {
            connection.pointee.outputStart += count
            return
        }
        var rest = count
        let subscriber = subscribers[place]
        let partial = min(rest, Int(subscriber.pointee.frameEnd - subscriber.pointee.cursor))
        subscriber.pointee.cursor += UInt64(partial)
        rest -= partial
        let own = connection.pointee.outputEnd - connection.pointee.outputStart
        let privately = min(rest, own)
        connection.pointee.outputStart += privately
        rest -= privately
        // In the midst of the frame, or of what is private: the runs have not begun.
        guard subscriber.pointee.cursor == subscriber.pointee.frameEnd,
            connection.pointee.outputStart == connection.pointee.outputEnd
        else { return }
        subscriber.pointee.cursor = runs.position(after: rest)
        subscriber.pointee.frameEnd =
            subscriber.pointee.cursor == runs.end
            ? runs.end
            : hub.ring.frameEnd(
                at: subscriber.pointee.cursor, from: subscriber.pointee.frameEnd)
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
            if case .replaying(let after) = connection.pointee.peer.stream {
                return continueReplay(handle, after: after)
            }
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
            connection.pointee.outputSince = time.monotonic
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
