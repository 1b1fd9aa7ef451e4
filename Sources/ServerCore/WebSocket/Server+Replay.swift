import ConcordProtocol
import JSON
import Memory
import Model
import Storage
import WebSocket

// A returning client gets what it missed (protocol C1): from the store, buffer by buffer, until
// there is nothing newer; then it joins the readers of the ring where they stand.
extension Server {
    /// How many stored events one turn looks at for one client.
    private static let replayedPerTurn = 1_024
    /// What a replay leaves free in its buffer for pongs and errors.
    private static let replayReserve = 1_024

    /// What a client gets that has everything up to `after`; nil if that cannot be told.
    func replay(after: Int64) throws(Failure) -> WebSocketPeer.Stream? {
        guard after >= 0, after <= hub.publishedEvent else { return nil }
        let oldest = try stored { store throws(StorageError) in try store.oldestEvent() }
        guard after == hub.publishedEvent || after >= oldest - 1 else { return nil }
        return .replaying(after: after)
    }

    /// The buffer has left: fills it with what follows. Called after the commit of a turn.
    func continueReplay(_ handle: Handle, after: Int64) {
        // Those who come back must not take the buffers of those who ask.
        guard !outputs.isScarce, let slot = acquireOutput(handle) else {
            replayIsWaiting = true
            return
        }
        let connection = connections[handle]
        let user = connection.pointee.peer.user
        var out = ByteWriter(outputs[slot].prefix(outputs.bytesEach - Server.replayReserve))
        var progress = ReplayProgress(last: after, budget: Server.replayedPerTurn)
        do throws(StorageError) {
            try hub.store.events(after: after, limit: .max) { event in
                guard progress.mayTake(event.id) else { return false }
                guard hub.belongs(user, to: event.audience) else { return progress.took(event.id) }
                guard out.appendFrame(event) else { return false }
                return progress.took(event.id)
            }
        } catch {
            log(.error, error.explanation)
            return drop(handle)
        }
        connection.pointee.outputStart = 0
        connection.pointee.outputEnd = out.count
        if progress.hasGap {
            join(handle)
            sendResyncRequired(handle)
        } else if progress.last == hub.publishedEvent {
            join(handle)
        } else {
            connection.pointee.peer.stream = .replaying(after: progress.last)
        }
        if out.count > 0 || progress.hasGap {
            timers.set(.write, for: Int(handle.index), now: time.monotonic)
        }
        activateNextTurn(handle)
    }

    /// Has replays go on that waited for a buffer, now that there may be one.
    func resumeReplays() {
        guard replayIsWaiting, !outputs.isScarce else { return }
        replayIsWaiting = false
        forEachWebSocket { handle in
            let connection = connections[handle]
            if connection.pointee.place == nil, connection.pointee.output == nil {
                activateNextTurn(handle)
            }
        }
    }

    /// From now on the client reads the ring, from what is published on.
    func join(_ handle: Handle) {
        let place = subscribers.add(handle, at: hub.ring.published)
        connections[handle].pointee.peer.stream = .live(place: place)
        timers.set(.ping, for: Int(handle.index), now: time.monotonic)
    }
}

/// How far a replay has come in this turn.
private struct ReplayProgress {
    var last: Int64
    var budget: Int
    /// Events are gone that were to come next: they were dropped meanwhile.
    var hasGap = false

    mutating func mayTake(_ id: Int64) -> Bool {
        hasGap = id != last + 1
        return !hasGap && budget > 0
    }

    mutating func took(_ id: Int64) -> Bool {
        last = id
        budget -= 1
        return true
    }
}

extension ByteWriter {
    /// A whole text frame, or nothing; false if there is no room for it. What is said of a chat is
    /// what was said then, but for the text, which is the present one.
    fileprivate mutating func appendFrame(_ event: StoredEvent) -> Bool {
        switch event.message {
        case .gone: return true
        case .whole(let payload): return appendFrame(payload)
        case .chatSent(var chat, let nonce):
            chat.edited = false
            return appendFrame { json in
                json.chatSent(chat, nonce: nonce, event: event.id) { _ in }
            }
        case .chatEdited(let chat):
            return appendFrame { json in json.chatEdited(chat, event: event.id) }
        }
    }

    private mutating func appendFrame(_ encode: (inout JSONWriter) -> Void) -> Bool {
        // Encoded behind the longest header: the frame's own depends on the payload's length.
        guard free > FrameEncoder.headerBytesMax else { return false }
        var json = JSONWriter(ByteWriter(rest.dropFirst(FrameEncoder.headerBytesMax)))
        encode(&json)
        return !json.overflowed && appendFrame(json.bytes)
    }

    private mutating func appendFrame(_ payload: Bytes) -> Bool {
        let length = FrameEncoder.headerLength(payload: payload.count) + payload.count
        guard length <= free else { return false }
        FrameEncoder.writeHeader(.text, payload: payload.count, into: &self)
        append(payload)
        return true
    }
}
