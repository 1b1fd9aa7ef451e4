import Memory
import TLS

/// The way out for one turn: encrypts what the server writes to a secure peer, and takes the
/// handshakes further.
struct SecureTransport<Base: Transport & ~Copyable>: Transport, ~Copyable {
    private let base: UnsafeMutablePointer<Base>
    private let secure: SecureServer

    init(_ base: UnsafeMutablePointer<Base>, _ secure: SecureServer) {
        self.base = base
        self.secure = secure
    }

    // MARK: Writing

    @inline(__always)
    mutating func write(_ connection: Handle, _ piece: Bytes) -> WriteOutcome {
        if case .plain = secure.peer(connection).pointee.phase {
            return base.pointee.write(connection, piece)
        }
        return encrypt(Output(piece), to: connection)
    }

    @inline(__always)
    mutating func write(_ connection: Handle, _ output: Output) -> WriteOutcome {
        if case .plain = secure.peer(connection).pointee.phase {
            return base.pointee.write(connection, output)
        }
        return encrypt(output, to: connection)
    }

    /// As few records as it takes, and one call for each. What the peer does not take of a record
    /// stays in the session and goes before all else; until then one byte of it counts as not
    /// written. So to the server the peer is as full as any that takes less than it is offered,
    /// and what it offers next begins with that byte, which has been encrypted already.
    private func encrypt(_ output: Output, to connection: Handle) -> WriteOutcome {
        let peer = secure.peer(connection)
        guard case .open(let session) = peer.pointee.phase else { return .failed }
        switch sendPending(connection, session) {
        case .failed: return .failed
        case .blocked: return .wrote(0)
        case .sent: break
        }
        var written = peer.pointee.owesByte ? 1 : 0
        peer.pointee.owesByte = false
        while written < output.count {
            let plaintext = output.record(from: written, in: secure.recordMemory)
            guard let count = session.write(plaintext) else { return .failed }
            written += count
            switch sendPending(connection, session) {
            case .failed: return .failed
            case .blocked:
                peer.pointee.owesByte = true
                return .wrote(written - 1)
            case .sent: break
            }
        }
        return .wrote(written)
    }

    private enum Sending {
        case sent
        case blocked
        case failed
    }

    private func sendPending(_ connection: Handle, _ session: TLSSession) -> Sending {
        while true {
            let pending = session.pending
            guard !pending.isEmpty else { return .sent }
            guard case .wrote(let count) = base.pointee.write(connection, pending) else {
                return .failed
            }
            session.sent(count)
            guard count == pending.count else {
                tellInterest(connection)
                return .blocked
            }
        }
    }

    // MARK: Interest

    mutating func setInterest(_ connection: Handle, reading: Bool, writing: Bool) {
        let peer = secure.peer(connection)
        if case .plain = peer.pointee.phase {
            return base.pointee.setInterest(connection, reading: reading, writing: writing)
        }
        peer.pointee.wantsReading = reading
        peer.pointee.wantsWriting = writing
        tellInterest(connection)
        secure.resumeLater(connection)
    }

    private func tellInterest(_ connection: Handle) {
        let peer = secure.peer(connection).pointee
        let isPending = peer.session.map { !$0.pending.isEmpty } ?? false
        base.pointee.setInterest(
            connection, reading: peer.wantsReading, writing: peer.wantsWriting || isPending)
    }

    // MARK: The end

    mutating func shutdownWrite(_ connection: Handle) {
        let peer = secure.peer(connection)
        guard case .open(let session) = peer.pointee.phase else {
            if case .plain = peer.pointee.phase { base.pointee.shutdownWrite(connection) }
            return
        }
        peer.pointee.phase = .closing(session, isSaid: false)
        goOnClosing(connection)
    }

    /// What is pending, close_notify, the end of our side: each when the one before has left.
    private func goOnClosing(_ connection: Handle) {
        let peer = secure.peer(connection)
        while case .closing(let session, let isSaid) = peer.pointee.phase {
            guard case .sent = sendPending(connection, session) else { return }
            if isSaid {
                peer.pointee.phase = .closed(session)
                base.pointee.shutdownWrite(connection)
            } else {
                peer.pointee.phase = .closing(session, isSaid: true)
                session.close()
            }
        }
        tellInterest(connection)
    }

    mutating func close(_ connection: Handle) {
        let peer = secure.peer(connection)
        if let session = peer.pointee.session {
            sayGoodbye(connection, session)
            secure.context.release(session)
            secure.server.statistics.tls.noteSessions(secure.context.count)
        }
        secure.timers.clear(Int(connection.index))
        peer.pointee = SecurePeer()
        base.pointee.close(connection)
    }

    /// An alert that says why, or close_notify, for as much as the peer takes of it at once.
    private func sayGoodbye(_ connection: Handle, _ session: TLSSession) {
        if case .open = secure.peer(connection).pointee.phase, session.pending.isEmpty {
            session.close()
        }
        let last = session.pending
        if !last.isEmpty { _ = base.pointee.write(connection, last) }
    }

    // MARK: At the end of the turn

    /// Sends what stayed in sessions when their peers were full.
    mutating func goOnSending() {
        for index in 0..<secure.lists.writable.count {
            let connection = secure.lists.writable[index]
            guard secure.isOpen(connection) else { continue }
            let peer = secure.peer(connection)
            peer.pointee.isWritable = false
            switch peer.pointee.phase {
            case .plain, .silent, .handshaking: break
            case .closing: goOnClosing(connection)
            case .open(let session), .closed(let session):
                guard case .sent = sendPending(connection, session) else { continue }
                tellInterest(connection)
                secure.resumeLater(connection)
            }
        }
        secure.lists.writable.removeAll()
    }

    /// Takes each handshake as far as it goes without costly steps, and a few through one.
    mutating func advanceHandshakes() {
        var steps = secure.stepsPerTurn
        for index in 0..<secure.lists.handshakes.count {
            let connection = secure.lists.handshakes[index]
            guard secure.isOpen(connection),
                case .handshaking(let session) = secure.peer(connection).pointee.phase
            else { continue }
            secure.peer(connection).pointee.isQueued = false
            advance(connection, session, &steps)
        }
        secure.lists.endTurn()
    }

    private func advance(_ connection: Handle, _ session: TLSSession, _ steps: inout Int) {
        while true {
            switch session.handshake(steps: &steps) {
            case .done: return finish(connection, session)
            case .wantsInput: return tellInterest(connection)
            case .wantsOutput:
                switch sendPending(connection, session) {
                case .sent: continue
                case .blocked: return
                case .failed: return secure.server.didBreak(connection)
                }
            case .wantsStep:
                secure.peer(connection).pointee.isQueued = true
                return secure.lists.postponed.append(connection)
            case .failed:
                secure.server.statistics.tls.failed += 1
                if session.spokeHTTP { _ = base.pointee.write(connection, plainRefusal) }
                return secure.server.didBreak(connection)
            }
        }
    }

    /// For whoever has forgotten the s of https, as much as is taken at once.
    private var plainRefusal: Bytes {
        Bytes(
            """
            HTTP/1.1 400 Bad Request\r
            Content-Type: text/plain\r
            Content-Length: 51\r
            Connection: close\r
            \r
            This port speaks https: begin the address with it.

            """)
    }

    private func finish(_ connection: Handle, _ session: TLSSession) {
        if session.wasResumed {
            secure.server.statistics.tls.resumed += 1
        } else {
            secure.server.statistics.tls.handshakes += 1
        }
        secure.timers.clear(Int(connection.index))
        secure.peer(connection).pointee.phase = .open(session)
        secure.server.didConnect(connection)
        tellInterest(connection)
        secure.resumeLater(connection)
    }
}

extension Output {
    /// The plaintext of the next record: a part of one piece where that holds all there is or fills
    /// it, else what fits of the pieces, one behind the other.
    fileprivate func record(from start: Int, in memory: MutableBytes) -> Bytes {
        var skipped = start
        var out = ByteWriter(memory)
        for index in 0..<pieceCount {
            guard skipped < self[index].count else {
                skipped -= self[index].count
                continue
            }
            let piece = self[index].dropFirst(skipped)
            skipped = 0
            let room = memory.count - out.count
            if out.count == 0, piece.count >= room || index == pieceCount - 1 {
                return piece.prefix(min(piece.count, room))
            }
            out.append(piece.prefix(min(piece.count, room)))
            guard piece.count < room else { break }
        }
        return out.bytes
    }
}
