import Memory
import ServerCore
import XCTest

/// The far end of one connection, with a network between that cuts, delays and loses what the
/// test wants.
final class SimulatedPeer {
    let address: PeerAddress
    var handle: Handle?

    /// On its way to the server; each piece arrives as one read, if there is room for it.
    var arriving: [[UInt8]] = []
    /// The peer shuts down its sending side once all that has arrived.
    var ends = false
    /// The connection is torn: the server learns it next turn.
    var breaks = false

    var received: [UInt8] = []
    /// Bytes that the peer's receive buffer still takes.
    var window = Int.max
    /// The most that one write takes.
    var writeLimit: () -> Int = { .max }
    var failsWrites = false

    var wantsReading = true
    var wantsWriting = false
    /// The server said that nothing more will come.
    var isShutDown = false
    /// The server closed the socket.
    var isClosed = false

    /// Its end of TLS, if it speaks that: what it sends is encrypted, what it gets decrypted.
    let tls: SimulatedTLS?

    init(address: PeerAddress, tls: SimulatedTLS? = nil) {
        self.address = address
        self.tls = tls
    }

    /// The loop would be woken for this peer (level-triggered, as epoll is).
    var isEventful: Bool {
        guard !isClosed else { return false }
        return breaks || wantsReading && (!arriving.isEmpty || ends) || wantsWriting && window > 0
    }

    func send(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        tls?.write(bytes)
        let ciphertext = tls?.outgoing() ?? bytes
        if !ciphertext.isEmpty { arriving.append(ciphertext) }
    }

    /// Bytes from the server, in cipher if it speaks that.
    func get(_ bytes: [UInt8]) {
        guard let tls else { return received += bytes }
        received += tls.read(bytes)
        let answer = tls.outgoing()
        if !answer.isEmpty { arriving.append(answer) }
    }

    func send(_ text: String) { send(Array(text.utf8)) }
}

/// Sockets without a kernel. What the server may never do to one is checked at every call.
final class SimulatedTransport: Transport {
    var peers: [UInt64: SimulatedPeer] = [:]
    /// Called before any byte leaves.
    var beforeWrite: () -> Void = {}
    private(set) var writes = 0
    /// The largest number of pieces that one write had.
    private(set) var piecesSeen = 0

    func write(_ connection: Handle, _ output: Output) -> WriteOutcome {
        let peer = self.peer(connection)
        XCTAssertGreaterThan(output.count, 0, "an empty write")
        XCTAssertLessThanOrEqual(
            output.pieceCount, Output.piecesMax, "more pieces than the sockets take")
        piecesSeen = max(piecesSeen, output.pieceCount)
        XCTAssertFalse(peer.isShutDown, "a write after the end was announced")
        XCTAssertEqual(
            (0..<output.pieceCount).reduce(0) { $0 + output[$1].count }, output.count)
        beforeWrite()
        writes += 1
        if peer.failsWrites { return .failed }
        var room = min(peer.window, peer.writeLimit(), output.count)
        let taken = room
        var bytes: [UInt8] = []
        for index in 0..<output.pieceCount where room > 0 {
            let piece = output[index].prefix(min(room, output[index].count))
            bytes += UnsafeBufferPointer(start: piece.base, count: piece.count)
            room -= piece.count
        }
        peer.get(bytes)
        if peer.window != .max { peer.window -= taken }
        return .wrote(taken)
    }

    func setInterest(_ connection: Handle, reading: Bool, writing: Bool) {
        let peer = self.peer(connection)
        peer.wantsReading = reading
        peer.wantsWriting = writing
    }

    func shutdownWrite(_ connection: Handle) { peer(connection).isShutDown = true }

    func close(_ connection: Handle) {
        peer(connection).isClosed = true
        peers[connection.raw] = nil
    }

    private func peer(_ connection: Handle) -> SimulatedPeer {
        guard let peer = peers[connection.raw], !peer.isClosed else {
            fatalError("the server touched a socket that is closed")
        }
        return peer
    }
}
