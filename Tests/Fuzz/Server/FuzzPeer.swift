import Memory
import ServerCore

/// The far end of one connection.
final class Peer {
    let user: Int
    var handle: Handle?
    var arriving: [[UInt8]] = []
    var received: [UInt8] = []
    /// Bytes that it still takes.
    var window = Int.max
    var writeLimit = Int.max
    var ends = false
    var breaks = false
    var wantsReading = true
    var wantsWriting = false
    var isShutDown = false
    var isClosed = false

    init(user: Int) { self.user = user }

    var isEventful: Bool {
        guard !isClosed else { return false }
        return breaks || wantsReading && (!arriving.isEmpty || ends) || wantsWriting && window > 0
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        if !ends, !bytes.isEmpty { arriving.append(bytes) }
    }

    func sendFrame(_ opcode: UInt8, _ payload: [UInt8]) {
        var frame: [UInt8] = [0x80 | opcode]
        if payload.count < 126 {
            frame.append(0x80 | UInt8(payload.count))
        } else {
            frame += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        }
        send(frame + [0, 0, 0, 0] + payload)
    }

    /// The complete frames behind a handshake must be whole server frames of known kinds.
    func checkFrames() {
        guard var at = find("\r\n\r\n"), received.starts(with: "HTTP/1.1 101".utf8) else { return }
        at += 4
        while received.count >= at + 10 {
            let opcode = received[at] & 15
            precondition(received[at] & 0xF0 == 0x80 && [1, 8, 9, 10].contains(opcode))
            var length = Int(received[at + 1])
            precondition(length < 127, "a frame that is masked, or too long")
            at += 2
            if length == 126 {
                length = Int(received[at]) << 8 | Int(received[at + 1])
                at += 2
            }
            precondition(opcode != 1 || received[at] == UInt8(ascii: "{"), "not JSON")
            at += length
        }
    }

    func find(_ text: String) -> Int? {
        let pattern = Array(text.utf8)
        guard received.count >= pattern.count else { return nil }
        return (0...received.count - pattern.count).first {
            received[$0] == pattern[0] && received[$0..<$0 + pattern.count].elementsEqual(pattern)
        }
    }
}

/// Takes no more of a write than the peer does, and no call that a socket would not get.
final class Network: Transport {
    var peers: [UInt64: Peer] = [:]

    func write(_ connection: Handle, _ output: Output) -> WriteOutcome {
        let peer = self.peer(connection)
        precondition(output.count > 0 && output.pieceCount <= Output.piecesMax)
        precondition(!peer.isShutDown)
        let taken = min(peer.window, peer.writeLimit, output.count)
        var rest = taken
        for index in 0..<output.pieceCount where rest > 0 {
            let piece = output[index].prefix(min(rest, output[index].count))
            peer.received += UnsafeBufferPointer(start: piece.base, count: piece.count)
            rest -= piece.count
        }
        if peer.window != .max { peer.window -= taken }
        return .wrote(taken)
    }

    func setInterest(_ connection: Handle, reading: Bool, writing: Bool) {
        peer(connection).wantsReading = reading
        peer(connection).wantsWriting = writing
    }

    func shutdownWrite(_ connection: Handle) { peer(connection).isShutDown = true }

    func close(_ connection: Handle) {
        peer(connection).isClosed = true
        peers[connection.raw] = nil
    }

    private func peer(_ connection: Handle) -> Peer {
        guard let peer = peers[connection.raw] else { fatalError("a call for a closed socket") }
        return peer
    }
}
