import HTTP
import Memory
import Model

// The buffers that connections borrow, and who gives way when there are none left.
extension Server {
    // MARK: - Input

    /// Lends an input buffer. When none is free, an unfinished request gives way.
    func acquireInput(_ handle: Handle) -> MutableBytes? {
        let connection = connections[handle]
        if let slot = connection.pointee.input { return inputs[slot] }
        if inputs.isExhausted { evictSlowestRequest(sparing: handle) }
        guard let slot = inputs.acquire() else {
            statistics.outOfBuffers += 1
            return nil
        }
        connection.pointee.input = slot
        return inputs[slot]
    }

    /// Ends an unfinished request, of the address that has most of them: the one that has sent
    /// least in the time that it took.
    private func evictSlowestRequest(sparing handle: Handle) {
        let slowest = mostCrowded { other in
            let connection = connections[other]
            guard other != handle, connection.pointee.input != nil,
                timers.kind(of: Int(other.index)) == .request
            else { return nil }
            return slowness(of: other)
        }
        guard let slowest else { return }
        statistics.outOfBuffers += 1
        shortages.note(.inputs)
        timers.clear(Int(slowest.index))
        expired(.request, slowest)
    }

    func releaseInput(_ handle: Handle) {
        let connection = connections[handle]
        connection.pointee.inputCount = 0
        guard let slot = connection.pointee.input else { return }
        inputs.release(slot)
        connection.pointee.input = nil
    }

    // MARK: - Output

    /// Lends an output buffer, or gives the one that the connection has. Of peers that do not read,
    /// those of one member or address keep a quarter of the buffers at most; when none is free, the
    /// slowest gives way, whoever it is. `isVital` may have one of those that are kept back.
    func acquireOutput(_ handle: Handle, isVital: Bool = false) -> SlotPool.Slot? {
        let connection = connections[handle]
        if let slot = connection.pointee.output { return slot }
        let isVital = isVital || connection.pointee.address == .controlSocket
        if outputs.count >= outputs.share { holdToShare(handle) }
        if outputs.isExhausted(forVital: isVital) { evictSlowestReader(sparing: handle) }
        guard let slot = outputs.acquire(for: handle, isVital: isVital) else {
            statistics.outOfBuffers += 1
            shortages.note(.outputs)
            return nil
        }
        connection.pointee.output = slot
        connection.pointee.outputStart = 0
        connection.pointee.outputEnd = 0
        connection.pointee.outputSince = time.monotonic
        return slot
    }

    private func holdToShare(_ handle: Handle) {
        let connection = connections[handle]
        guard connection.pointee.address != .controlSocket else { return }
        let (count, slowest) = slowestReader { other in
            guard other != handle else { return false }
            let otherUser = connections[other].pointee.user
            return connections[other].pointee.address == connection.pointee.address
                || otherUser != nil && otherUser == connection.pointee.user
        }
        guard count >= outputs.share, let slowest else { return }
        shortages.note(.outputs)
        drop(slowest)
    }

    private func evictSlowestReader(sparing handle: Handle) {
        guard let slowest = slowestReader(where: { $0 != handle }).slowest else { return }
        statistics.outOfBuffers += 1
        shortages.note(.outputs)
        drop(slowest)
    }

    /// Peers that hold a buffer and do not take what is in it: how many will do, and which of them
    /// has had its buffer for longest since it last took all of it.
    private func slowestReader(
        where willDo: (Handle) -> Bool
    ) -> (count: Int, slowest: Handle?) {
        var count = 0
        var slowest: Handle?
        var since = Milliseconds.max
        outputs.forEachHolder { holder in
            let connection = connections[holder]
            guard connection.pointee.isBlocked, willDo(holder) else { return }
            count += 1
            guard connection.pointee.outputSince < since else { return }
            since = connection.pointee.outputSince
            slowest = holder
        }
        return (count, slowest)
    }

    func releaseOutput(_ handle: Handle) {
        let connection = connections[handle]
        guard let slot = connection.pointee.output else { return }
        outputs.release(slot)
        connection.pointee.output = nil
        connection.pointee.outputStart = 0
        connection.pointee.outputEnd = 0
        connection.pointee.peer.lastPong = nil
    }
}
