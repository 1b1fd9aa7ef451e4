import Memory

// The way of nearly all bytes that leave the server: from the ring to each of its readers.
extension Server {
    /// Sends what was published to every subscriber that lacks it, and finds out how far
    /// behind the slowest is.
    func flushSubscribers<T: Transport & ~Copyable>(_ transport: inout T) {
        let published = hub.ring.published
        var slowest = published
        var pending = PendingFrames(from: published, in: hub.ring)
        var place = 0
        while place < subscribers.count {
            let subscriber = subscribers[place]
            let handle = subscriber.pointee.connection
            if subscriber.pointee.cursor != published {
                if needsNothingElse(subscriber) {
                    // Most readers stand at the same place.
                    if subscriber.pointee.cursor != pending.start {
                        pending = PendingFrames(from: subscriber.pointee.cursor, in: hub.ring)
                    }
                    if pending.isForEveryone {
                        send(pending, to: subscriber, &transport)
                    } else {
                        flush(handle, &transport)
                    }
                } else {
                    flush(handle, &transport)
                }
                // Whoever leaves is replaced by the last, who is then still to be served.
                guard place < subscribers.count, subscribers[place].pointee.connection == handle
                else { continue }
                slowest = min(slowest, subscriber.pointee.cursor)
            }
            place += 1
        }
        slowestCursor = slowest
    }

    /// Frames of the ring and nothing private, from a boundary on, to a peer that takes them.
    @inline(__always)
    private func needsNothingElse(
        _ subscriber: UnsafeMutablePointer<Subscribers.Subscriber>
    ) -> Bool {
        let connection = connections[subscriber.pointee.connection]
        return connection.pointee.output == nil && !connection.pointee.isBlocked
            && subscriber.pointee.cursor == subscriber.pointee.frameEnd
            && subscriber.pointee.cursor >= hub.ring.oldest
    }

    @inline(__always)
    private func send<T: Transport & ~Copyable>(
        _ pending: PendingFrames, to subscriber: UnsafeMutablePointer<Subscribers.Subscriber>,
        _ transport: inout T
    ) {
        let handle = subscriber.pointee.connection
        let outcome =
            pending.second.isEmpty
            ? transport.write(handle, pending.first)
            : transport.write(handle, Output(pending.first, pending.second))
        if case .wrote(pending.count) = outcome {
            subscriber.pointee.cursor = hub.ring.published
            subscriber.pointee.frameEnd = hub.ring.published
        } else {
            sentInPart(handle, outcome, &transport)
        }
    }
}

/// The frames from a position to the end of what is published.
private struct PendingFrames {
    let start: BroadcastRing.Position
    let first: Bytes
    let second: Bytes
    let count: Int
    let isForEveryone: Bool

    init(from start: BroadcastRing.Position, in ring: borrowing BroadcastRing) {
        self.start = start
        // A reader behind the ring is not served from here.
        (first, second) =
            start >= ring.oldest ? ring.pieces(from: start, to: ring.published) : (.empty, .empty)
        count = first.count + second.count
        isForEveryone = ring.restricted.newestEnd <= start
    }
}
