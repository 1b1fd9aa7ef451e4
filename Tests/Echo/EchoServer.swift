import Crypto
import HTTP
import Memory
import Model
import ServerCore
import WebSocket

/// Sends every message back. A connection that has not got its echo yet is not read from, so
/// that one output buffer each is enough.
final class EchoServer: TurnHandler {
    static let connectionsMax = 16
    private static let headBytesMax = 8 * 1024
    private static let readBytes = 64 * 1024

    private struct Peer {
        enum Phase {
            case handshake
            case open
            case closing
            case closed
        }

        var phase = Phase.handshake
        var parser = RequestParser(headBytesMax: EchoServer.headBytesMax)
        var decoder = MessageDecoder()
        var headCount = 0
        /// Undecoded input, behind an event whose echo is still on its way.
        var inputStart = 0
        var inputEnd = 0
        var outputStart = 0
        var outputEnd = 0
        var isBlocked = false
    }

    private var peers = Pool<Peer>(capacity: EchoServer.connectionsMax)
    private var inputs: SlotPool
    private var messages: SlotPool
    private var outputs: SlotPool
    /// Buffers are a connection's own here: slot n belongs to connection n.
    private let slots: UnsafeMutablePointer<SlotPool.Slot>
    private let messageSlots: UnsafeMutablePointer<SlotPool.Slot>
    private let outputSlots: UnsafeMutablePointer<SlotPool.Slot>
    private let messageBytesMax: Int
    private var isStopping = false

    init(messageBytesMax: Int) {
        self.messageBytesMax = messageBytesMax
        let count = EchoServer.connectionsMax
        inputs = SlotPool(capacity: count, slotBytes: EchoServer.readBytes)
        messages = SlotPool(
            capacity: count,
            slotBytes: MessageDecoder.bufferBytes(messageBytesMax: messageBytesMax))
        outputs = SlotPool(capacity: count, slotBytes: messageBytesMax + 4_096)
        slots = .allocate(capacity: count)
        messageSlots = .allocate(capacity: count)
        outputSlots = .allocate(capacity: count)
        for index in 0..<count {
            (slots + index).initialize(to: inputs.acquire()!)
            (messageSlots + index).initialize(to: messages.acquire()!)
            (outputSlots + index).initialize(to: outputs.acquire()!)
        }
    }

    var waitTime: Milliseconds? { nil }
    var isFinished: Bool { isStopping }

    func beginTurn(_ time: TurnTime) {}
    func beginShutdown() { isStopping = true }
    func writeStatistics(into out: inout ByteWriter) {}
    func writeStatus(into out: inout ByteWriter) {}
    var canStore: Bool { true }
    func tryToStoreAgain() {}

    var mayAccept: Bool { true }

    func accept(from address: PeerAddress, over scheme: Scheme) -> Handle? { peers.insert(Peer()) }

    func readBuffer(for connection: Handle) -> MutableBytes? {
        let peer = peers[connection]
        guard peer.pointee.outputEnd == 0 else { return nil }
        switch peer.pointee.phase {
        case .handshake: return input(connection).dropFirst(peer.pointee.headCount)
        case .open, .closing: return input(connection)
        case .closed: return nil
        }
    }

    func didRead(_ connection: Handle, count: Int) {
        let peer = peers[connection]
        switch peer.pointee.phase {
        case .handshake:
            peer.pointee.headCount += count
            shakeHands(connection)
        case .open:
            peer.pointee.inputStart = 0
            peer.pointee.inputEnd = count
            decode(connection)
        case .closing, .closed: break
        }
    }

    func didEnd(_ connection: Handle) { peers[connection].pointee.phase = .closed }
    func didBreak(_ connection: Handle) { peers[connection].pointee.phase = .closed }
    func becameWritable(_ connection: Handle) { peers[connection].pointee.isBlocked = false }

    func finishTurn<T: Transport & ~Copyable>(_ transport: inout T) {
        for index in 0..<peers.usedBound {
            guard let connection = peers.handle(at: index) else { continue }
            flush(connection, &transport)
            if case .closed = peers[connection].pointee.phase {
                transport.close(connection)
                peers.remove(connection)
            }
        }
    }

    private func flush<T: Transport & ~Copyable>(_ connection: Handle, _ transport: inout T) {
        let peer = peers[connection]
        while peer.pointee.outputEnd > 0, !peer.pointee.isBlocked {
            let pending = output(connection).bytes[peer.pointee.outputStart..<peer.pointee.outputEnd]
            switch transport.write(connection, Output(pending)) {
            case .failed:
                peer.pointee.phase = .closed
                return
            case .wrote(let count):
                peer.pointee.outputStart += count
                peer.pointee.isBlocked = count < pending.count
            }
            guard !peer.pointee.isBlocked else { break }
            peer.pointee.outputStart = 0
            peer.pointee.outputEnd = 0
            switch peer.pointee.phase {
            case .open: decode(connection)
            case .closing: transport.shutdownWrite(connection)
            case .handshake, .closed: break
            }
        }
        guard peer.pointee.phase != .closed else { return }
        transport.setInterest(
            connection, reading: peer.pointee.outputEnd == 0, writing: peer.pointee.isBlocked)
    }

    // MARK: - Handshake

    private func shakeHands(_ connection: Handle) {
        let peer = peers[connection]
        let memory = input(connection).prefix(peer.pointee.headCount)
        let head: RequestHead
        do throws(HTTPError) {
            guard let parsed = try peer.pointee.parser.parse(memory.bytes) else { return }
            head = parsed.head
            peer.pointee.inputStart = parsed.length
        } catch {
            peer.pointee.phase = .closed
            return
        }
        guard head.asksForWebSocket, let key = head.secWebSocketKey else {
            peer.pointee.phase = .closed
            return
        }
        var out = ByteWriter(output(connection))
        let answer = ResponseHead(.switchingProtocols, framing: .noBody, keepAlive: true)
        answer.write(into: &out) { out in
            out.appendUpgradeFields()
            out.append("Sec-WebSocket-Accept: ")
            SHA1.digest(key, Bytes(Handshake.guid)).withBytes { digest in
                Handshake.writeAccept(digest: digest, into: &out)
            }
            out.append("\r\n")
        }
        peer.pointee.outputEnd = out.count
        peer.pointee.inputEnd = peer.pointee.headCount
        peer.pointee.phase = .open
    }

    // MARK: - Messages

    /// Decodes up to the first event that has to be answered.
    private func decode(_ connection: Handle) {
        let peer = peers[connection]
        let memory = input(connection).prefix(peer.pointee.inputEnd)
        while peer.pointee.outputEnd == 0, case .open = peer.pointee.phase {
            do throws(WebSocketError) {
                let event = try peer.pointee.decoder.next(
                    memory, offset: &peer.pointee.inputStart,
                    buffer: messages[messageSlots[Int(connection.index)]],
                    messageBytesMax: messageBytesMax)
                guard answer(event, on: connection) else { return }
            } catch {
                send(connection, then: .closing) { out in
                    FrameEncoder.writeClose(error.closeCode, reason: error.reason, into: &out)
                }
            }
        }
    }

    /// False when all input is taken.
    private func answer(_ event: MessageDecoder.Event, on connection: Handle) -> Bool {
        switch event {
        case .needMore: return false
        case .needBuffer, .pong: break
        case .text(let payload): echo(.text, payload, to: connection)
        case .binary(let payload): echo(.binary, payload, to: connection)
        case .ping(let payload):
            send(connection, then: .open) { FrameEncoder.writePong(payload, into: &$0) }
        case .close(let code, _):
            send(connection, then: .closing) {
                FrameEncoder.writeCloseReply(code: code, into: &$0)
            }
        }
        return true
    }

    private func echo(_ opcode: Opcode, _ payload: Bytes, to connection: Handle) {
        send(connection, then: .open) { out in
            FrameEncoder.writeHeader(opcode, payload: payload.count, into: &out)
            out.append(payload)
        }
    }

    private func send(
        _ connection: Handle, then phase: Peer.Phase, _ write: (inout ByteWriter) -> Void
    ) {
        let peer = peers[connection]
        var out = ByteWriter(output(connection))
        write(&out)
        peer.pointee.outputEnd = out.count
        peer.pointee.phase = phase
    }

    private func input(_ connection: Handle) -> MutableBytes { inputs[slots[Int(connection.index)]] }

    private func output(_ connection: Handle) -> MutableBytes {
        outputs[outputSlots[Int(connection.index)]]
    }
}
