import Memory
import TLS

// From the peer to the server: ciphertext goes into the session's window, plaintext into the
// server's own buffer, as if it had been read from the socket.
extension SecureServer {
    public func readBuffer(for handle: Handle) -> MutableBytes? {
        let peer = peer(handle)
        if case .plain = peer.pointee.phase { return server.readBuffer(for: handle) }
        guard isOpen(handle) else { return nil }
        switch peer.pointee.phase {
        case .plain: return nil
        case .silent:
            guard let session = acquireSession(handle) else { return nil }
            peer.pointee.phase = .handshaking(session)
            return session.window
        case .handshaking(let session): return roomIn(session)
        case .open(let session), .closing(let session, _), .closed(let session):
            // What the server does not take waits in the kernel.
            return server.readBuffer(for: handle) == nil ? nil : roomIn(session)
        }
    }

    private func roomIn(_ session: TLSSession) -> MutableBytes? {
        let window = session.window
        return window.count > 0 ? window : nil
    }

    public func didRead(_ handle: Handle, count: Int) {
        let peer = peer(handle)
        switch peer.pointee.phase {
        case .plain: server.didRead(handle, count: count)
        case .silent: break
        case .handshaking(let session):
            session.received(count)
            queueHandshake(handle)
        case .open(let session), .closing(let session, _), .closed(let session):
            session.received(count)
            decrypt(handle)
        }
    }

    public func didEnd(_ handle: Handle) {
        let peer = peer(handle)
        switch peer.pointee.phase {
        case .plain: server.didEnd(handle)
        case .silent, .handshaking: server.didBreak(handle)
        case .open, .closing, .closed:
            guard case .open = peer.pointee.input else { return server.didEnd(handle) }
            peer.pointee.input = .ending
            decrypt(handle)
        }
    }

    public func didBreak(_ handle: Handle) { server.didBreak(handle) }

    public func becameWritable(_ handle: Handle) {
        let peer = peer(handle)
        switch peer.pointee.phase {
        case .plain: server.becameWritable(handle)
        case .silent: break
        case .handshaking: queueHandshake(handle)
        case .open, .closing, .closed:
            if peer.pointee.wantsWriting { server.becameWritable(handle) }
            sendLater(handle)
        }
    }

    private func sendLater(_ handle: Handle) {
        let peer = peer(handle)
        guard !peer.pointee.isWritable else { return }
        peer.pointee.isWritable = true
        lists.writable.append(handle)
    }

    func queueHandshake(_ handle: Handle) {
        let peer = peer(handle)
        guard !peer.pointee.isQueued else { return }
        peer.pointee.isQueued = true
        lists.handshakes.append(handle)
    }

    /// Gives the server what the session holds for it, as far as it wants it: at most a window of
    /// ciphertext and one record that began before.
    func decrypt(_ handle: Handle) {
        let peer = peer(handle)
        guard let session = peer.pointee.session else { return }
        while let buffer = server.readBuffer(for: handle) {
            if case .ended = peer.pointee.input { return }
            switch session.read(into: buffer) {
            case .bytes(let count): server.didRead(handle, count: count)
            case .wantsInput:
                if case .ending = peer.pointee.input { end(handle) }
                return
            case .wantsOutput: return sendLater(handle)
            case .ended: return end(handle)
            case .failed:
                server.statistics.tls.failed += 1
                return server.didBreak(handle)
            }
        }
        resumeLater(handle)
    }

    private func end(_ handle: Handle) {
        peer(handle).pointee.input = .ended
        server.didEnd(handle)
    }

    /// Nothing will wake the loop for what has been read from the socket already.
    func resumeLater(_ handle: Handle) {
        let peer = peer(handle)
        guard let session = peer.pointee.session, peer.pointee.wantsReading,
            !peer.pointee.isReady
        else { return }
        switch peer.pointee.input {
        case .open: guard session.hasInput else { return }
        case .ending: break
        case .ended: return
        }
        peer.pointee.isReady = true
        lists.ready.append(handle)
    }
}
