import ConcordProtocol
import JSON
import Memory
import Model
import Storage
import WebSocket

// From a WebSocket's bytes to messages, and what comes of them.
extension Server {
    /// Frames that came right behind the handshake. They may lie in the input buffer, which
    /// the decoder may want for itself: move them to the read buffer first.
    func receiveFirstFrames(_ handle: Handle, _ rest: MutableBytes) {
        let count = rest.count
        precondition(count <= readMemory.count, "one read is never longer than the read buffer")
        readMemory.copy(rest.bytes, at: 0)
        releaseInput(handle)
        if count > 0 { receiveFrames(handle, readMemory.prefix(count)) }
    }

    /// Goes on with what `pause` has kept.
    func receiveLeftOverFrames(_ handle: Handle) {
        let connection = connections[handle]
        guard let slot = connection.pointee.input, connection.pointee.inputCount > 0 else { return }
        let count = connection.pointee.inputCount
        readMemory.copy(leftOver(in: slot).bytes.prefix(count), at: 0)
        connection.pointee.inputCount = 0
        receiveFrames(handle, readMemory.prefix(count))
    }

    func receiveFrames(_ handle: Handle, _ input: MutableBytes) {
        let connection = connections[handle]
        var offset = 0
        if tokenHasExpired(handle) {
            closeWebSocket(handle, .tokenExpired, "the token has expired")
        }
        while case .webSocket = connection.pointee.phase {
            if offset < input.count, mustPause(handle) {
                pause(handle, input.dropFirst(offset))
                return
            }
            do throws(WebSocketError) {
                let event = try nextEvent(handle, input, &offset)
                guard receive(event, on: handle) else { break }
            } catch {
                closeWebSocket(handle, error.closeCode, error.reason, peerIsDone: true)
            }
        }
        if case .closing(peerIsDone: false) = connection.pointee.phase {
            receiveFramesWhileClosing(handle, input.dropFirst(offset))
        }
        returnMessageBuffer(handle)
    }

    private func nextEvent(
        _ handle: Handle, _ input: MutableBytes, _ offset: inout Int
    ) throws(WebSocketError) -> MessageDecoder.Event {
        let connection = connections[handle]
        return try connection.pointee.peer.decoder.next(
            input, offset: &offset, buffer: connection.pointee.input.map { inputs[$0] },
            messageBytesMax: options.limits.messageBytesMax)
    }

    /// Deals with one event; false when all input has been taken.
    private func receive(_ event: MessageDecoder.Event, on handle: Handle) -> Bool {
        noteSignOfLife(event, handle)
        switch event {
        case .needMore: return false
        case .needBuffer:
            if acquireInput(handle) == nil {
                closeWebSocket(handle, .tryAgainLater, "no free buffer for a message")
            }
        case .text(let text): receiveMessage(text, on: handle)
        case .binary:
            closeWebSocket(handle, .unsupportedData, "messages are JSON text")
        case .ping(let payload): sendPong(handle, payload)
        case .pong: break
        case .close(let code, _):
            let reply = code.flatMap { CloseCode(rawValue: $0) } ?? .normal
            closeWebSocket(handle, reply, "", peerIsDone: true)
        }
        return true
    }

    /// Only what is whole is a sign of life; and half a message, which holds a buffer, must
    /// become whole within the time of a request, whatever control frames come between.
    private func noteSignOfLife(_ event: MessageDecoder.Event, _ handle: Handle) {
        let index = Int(handle.index)
        switch event {
        case .text, .binary: timers.set(.ping, for: index, now: time.monotonic)
        case .ping, .pong:
            guard timers.kind(of: index) != .request else { return }
            timers.set(.ping, for: index, now: time.monotonic)
        case .needMore:
            guard connections[handle].pointee.peer.decoder.needsBuffer,
                timers.kind(of: index) != .request
            else { return }
            timers.set(.request, for: index, now: time.monotonic)
        case .needBuffer, .close: break
        }
    }

    /// After our close frame only the peer's is of interest (RFC 6455 §7.1.1).
    func receiveFramesWhileClosing(_ handle: Handle, _ input: MutableBytes) {
        var offset = 0
        while true {
            do throws(WebSocketError) {
                switch try nextEvent(handle, input, &offset) {
                case .needMore: return
                case .needBuffer:
                    guard acquireInput(handle) != nil else { return endClosing(handle) }
                case .text, .binary, .ping, .pong: break
                case .close: return endClosing(handle)
                }
            } catch {
                return endClosing(handle)
            }
        }
    }

    /// Nothing more is to be read; our own close frame may still have to leave.
    private func endClosing(_ handle: Handle) {
        connections[handle].pointee.phase = .closing(peerIsDone: true)
        activate(handle)
    }

    /// The stream goes on behind what `pause` has kept.
    func receiveLeftOverFramesWhileClosing(_ handle: Handle) {
        let connection = connections[handle]
        guard let slot = connection.pointee.input, connection.pointee.inputCount > 0 else { return }
        let rest = leftOver(in: slot).prefix(connection.pointee.inputCount)
        connection.pointee.inputCount = 0
        receiveFramesWhileClosing(handle, rest)
    }

    /// Whoever sends faster than it reads its answers, or than the ring takes, waits a turn.
    private func mustPause(_ handle: Handle) -> Bool {
        turnIsFull
            || connections[handle].pointee.outputEnd > outputs.bytesEach / 2
    }

    /// Keeps undecoded frames behind the room of the message that may be under way.
    private func pause(_ handle: Handle, _ rest: MutableBytes) {
        guard acquireInput(handle) != nil, let slot = connections[handle].pointee.input else {
            return closeWebSocket(handle, .tryAgainLater, "no free buffer for messages")
        }
        leftOver(in: slot).copy(rest.bytes, at: 0)
        connections[handle].pointee.inputCount = rest.count
        activate(handle)
    }

    private func leftOver(in slot: SlotPool.Slot) -> MutableBytes {
        inputs[slot].dropFirst(
            MessageDecoder.bufferBytes(messageBytesMax: options.limits.messageBytesMax))
    }

    private func returnMessageBuffer(_ handle: Handle) {
        let connection = connections[handle]
        guard case .webSocket = connection.pointee.phase,
            !connection.pointee.peer.decoder.needsBuffer, connection.pointee.inputCount == 0
        else { return }
        releaseInput(handle)
    }

    // MARK: - Messages

    private func receiveMessage(_ text: Bytes, on handle: Handle) {
        let connection = connections[handle]
        statistics.messages += 1
        do throws(AttributeError) {
            let message = try ClientMessage.decode(text, limits: options.limits, scratch: scratch)
            guard !isOverRate(connection) else { return refuseOverRate(handle, message.nonce) }
            carryOut(message, for: handle)
        } catch {
            guard !isOverRate(connection) else { return refuseOverRate(handle, error.nonce) }
            var sentence = ByteWriter(explanationMemory)
            error.explain(into: &sentence)
            sendError(handle, error.code, sentence.bytes, nonce: error.nonce)
        }
    }

    private func refuseOverRate(_ handle: Handle, _ nonce: Bytes?) {
        sendError(handle, .rateLimited, Bytes("Too many messages: wait a moment"), nonce: nonce)
    }

    private func isOverRate(_ connection: UnsafeMutablePointer<Connection>) -> Bool {
        let now = time.monotonic
        // What one connection is refused does not use up what its address may send.
        let wait =
            options.messageRate.charge(&connection.pointee.peer.messageArrival, now: now)
            ?? addressLimits.charge(
                .message, by: connection.pointee.address,
                at: options.messageRate.scaled(by: ServerOptions.addressShare), now: now)
        if wait != nil { statistics.rateLimited += 1 }
        return wait != nil
    }

    private func carryOut(_ message: ClientMessage, for handle: Handle) {
        let user = connections[handle].pointee.peer.user
        guard charge(message.kind, by: user, on: handle) == nil else {
            return refuseOverRate(handle, message.nonce)
        }
        makeRoomInRing()
        // The sender may have been one of those in the way.
        guard case .webSocket = connections[handle].pointee.phase else { return }
        connections[handle].pointee.dependsOnTurn = turn
        activate(handle)
        do throws(HubError) {
            switch message {
            case .chatWritten(let channel, let chat):
                let written = try hub.writeChat(chat, in: channel, by: user)
                if case .standing(let record) = written {
                    repeatChat(record, nonce: chat.nonce, to: handle)
                }
            case .chatTyping(let channel, let thread, let sentAt):
                try hub.type(in: channel, thread: thread, sentAt: sentAt, by: user)
            case .chatReaction(let chat, let reaction):
                try hub.react(reaction, to: chat, by: user)
            }
        } catch {
            report(error, to: handle, nonce: message.nonce)
            // Told now, with its nonce; not once more when the turn fails.
            if case .storage = error { connections[handle].pointee.dependsOnTurn = 0 }
        }
    }

    /// Answers a chat that was sent before with the one that stands (protocol C3).
    private func repeatChat(_ chat: ChatRecord, nonce: Bytes?, to handle: Handle) {
        let store = hub.store
        var failure: StorageError?
        sendPrivate(handle) { json in
            json.chatSent(chat, nonce: nonce, event: nil) { json in
                failure = json.reactions(of: chat.id, from: store)
            }
        }
        if failure != nil { drop(handle) }
    }

    private func report(_ error: HubError, to handle: Handle, nonce: Bytes?) {
        switch error {
        case .notFound(let text): sendError(handle, .notFound, Bytes(text), nonce: nonce)
        case .forbidden(let text): sendError(handle, .forbidden, Bytes(text), nonce: nonce)
        case .invalid(let attribute, let rule):
            var sentence = ByteWriter(explanationMemory)
            AttributeError(.invalid(attribute: attribute, rule: rule)).explain(into: &sentence)
            sendError(handle, .invalidMessage, sentence.bytes, nonce: nonce)
        case .busy:
            sendError(handle, .rateLimited, Bytes("The server is busy"), nonce: nonce)
        case .storage(let error):
            sendError(handle, .storageFailed, Bytes(error.explanation), nonce: nonce)
        }
    }
}
