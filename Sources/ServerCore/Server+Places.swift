import Memory
import Model

// Who holds a place among the connections, and who gives it up for a newcomer.
extension Server {
    /// Connections without those that this turn has given up.
    var openConnections: Int { connections.count - lists.closed.count }

    /// False if those who are being refused hold all the places that are kept for telling them
    /// so, or if the address has all the connections that it may have and each is in use.
    func hasPlace(for address: PeerAddress) -> Bool {
        guard address != .controlSocket else { return true }
        var ofAddress = 0
        var refused = 0
        forEachConnection { connection in
            if connection.pointee.isRefused { refused += 1 }
            if connection.pointee.address == address { ofAddress += 1 }
        }
        let limit = options.connectionsPerAddress
        guard limit > 0, ofAddress >= limit else { return refused < Server.refusalReserve }
        return makePlace(among: address)
    }

    /// Ends a connection that has asked nothing yet, or has had its last answer, of the address that
    /// has most of them: the one that has sent least for longest. Without such, one that waits
    /// between two requests. False if every connection is in use.
    func makePlace(among address: PeerAddress? = nil) -> Bool {
        guard
            let dispensable = mostDispensable(hasAsked: false, among: address)
                ?? mostDispensable(hasAsked: true, among: address)
        else { return false }
        shortages.note(.connections)
        drop(dispensable)
        return true
    }

    private func mostDispensable(hasAsked: Bool, among address: PeerAddress?) -> Handle? {
        mostCrowded { handle in
            let connection = connections[handle]
            guard !connection.pointee.isRefused, connection.pointee.address != .controlSocket
            else { return nil }
            if let address, connection.pointee.address != address { return nil }
            switch connection.pointee.phase {
            case .draining where !hasAsked: return slowness(of: handle)
            case .readingHead where connection.pointee.hasAsked == hasAsked: break
            default: return nil
            }
            // Who asked before may have begun again: that is not silence.
            if hasAsked, timers.kind(of: Int(handle.index)) != .idle { return nil }
            return slowness(of: handle)
        }
    }

    /// Milliseconds per byte of what it is sending, a thousandfold. Everybody has a little time to
    /// send the next segment, so that many who have just begun push out nobody who has sent more.
    func slowness(of handle: Handle) -> Int64 {
        let waited = timers.waited(Int(handle.index), now: time.monotonic)
        let sent = connections[handle].pointee.inputCount
        return (waited + Server.segmentTime) * 1_000 / Int64(sent + 1)
    }

    private static let segmentTime: Milliseconds = 200

    /// Of the connections with a weight, the heaviest among those of the address that has most of
    /// them. Costs O(connections).
    func mostCrowded(_ weight: (Handle) -> Int64?) -> Handle? {
        addressCounts.clear()
        for index in 0..<connections.usedBound {
            guard let handle = connections.handle(at: index), weight(handle) != nil else { continue }
            addressCounts.add(connections[handle].pointee.address)
        }
        var found: Handle?
        var best: (crowd: Int, weight: Int64) = (0, 0)
        for index in 0..<connections.usedBound {
            guard let handle = connections.handle(at: index), let own = weight(handle) else {
                continue
            }
            let crowd = addressCounts.count(of: connections[handle].pointee.address)
            guard crowd > best.crowd || crowd == best.crowd && own > best.weight else { continue }
            best = (crowd, own)
            found = handle
        }
        return found
    }

    private func forEachConnection(_ visit: (UnsafeMutablePointer<Connection>) -> Void) {
        for index in 0..<connections.usedBound {
            guard let handle = connections.handle(at: index) else { continue }
            let connection = connections[handle]
            if connection.pointee.isOpen { visit(connection) }
        }
    }
}
