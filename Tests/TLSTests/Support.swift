import Memory
import TLS
import TLSClient
import TestSupport
import XCTest

/// A server's session and a client, and the wire between them.
final class Pair {
    let context: TLSContext
    let session: TLSSession
    let client: OpaquePointer
    private var scratch = [UInt8](repeating: 0, count: 20_000)
    /// Bytes that have crossed so far.
    private var moved = 0
    /// What ended the client's last reading.
    private(set) var lastRead: tls_client_result?

    init(_ context: TLSContext, trusting identity: KnownIdentity = .p256) throws {
        self.context = context
        session = try XCTUnwrap(context.acquire())
        let trusted = Array(identity.chain.utf8) + [0]
        client = tls_client_make(trusted, trusted.count)
    }

    deinit {
        tls_client_free(client)
        context.release(session)
    }

    // MARK: The wire

    /// What the client has sent and nobody has taken.
    func fromClient() -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let count = tls_client_take(client, &scratch, scratch.count)
            guard count > 0 else { return all }
            all += scratch[..<count]
        }
    }

    /// Gives the session as much as its window takes; what is left.
    func offer(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let window = session.window
        let count = min(window.count, bytes.count)
        for (index, byte) in bytes.prefix(count).enumerated() { window[index] = byte }
        session.received(count)
        moved += count
        return bytes.dropFirst(count)
    }

    /// Hands the client what is pending, so many bytes at a time; what it was.
    @discardableResult
    func sendPending(_ step: Int = .max) -> [UInt8] {
        var sent: [UInt8] = []
        while !session.pending.isEmpty {
            let piece = [UInt8](session.pending.prefix(min(step, session.pending.count)))
            tls_client_give(client, piece, piece.count)
            session.sent(piece.count)
            moved += piece.count
            sent += piece
        }
        return sent
    }

    // MARK: Both sides

    enum Outcome: Equatable {
        case done
        case clientFailed
        case serverFailed
        case stuck
    }

    /// Shakes hands, with so many bytes at a time in each direction.
    @discardableResult
    func shakeHands(step: Int = .max, spoiling: ([UInt8]) -> [UInt8] = { $0 }) -> Outcome {
        var isClientDone = false
        var isServerDone = false
        var upstream: ArraySlice<UInt8> = []
        var idle = 0
        // Twice without a byte from either side: the rest will not come.
        while idle < 2 {
            let before = moved
            if !isClientDone {
                switch tls_client_handshake(client) {
                case 0: isClientDone = true
                case Int32(TLS_CLIENT_WANTS_INPUT.rawValue): break
                default: return .clientFailed
                }
            }
            upstream += spoiling(fromClient())
            let count = min(step, upstream.count)
            upstream = offer(upstream.prefix(count)) + upstream.dropFirst(count)
            if !isServerDone {
                var steps = 1
                switch session.handshake(steps: &steps) {
                case .done: isServerDone = true
                case .wantsOutput: sendPending(step)
                case .wantsInput: break
                case .wantsStep: moved += 1
                case .failed:
                    sendPending()
                    _ = tls_client_handshake(client)
                    return .serverFailed
                }
            }
            if isClientDone, isServerDone, upstream.isEmpty { return .done }
            idle = moved == before ? idle + 1 : 0
        }
        return .stuck
    }

    func send(_ text: [UInt8]) -> Bool { tls_client_write(client, text, text.count) }

    /// All plaintext that the session has for us, read into a buffer of this size.
    func read(_ capacity: Int = 4_096) -> ([UInt8], TLSSession.Reading) {
        var memory = OwnedBytes([UInt8](repeating: 0, count: capacity))
        var all: [UInt8] = []
        while true {
            let reading = session.read(into: memory.mutable)
            guard case .bytes(let count) = reading else { return (all, reading) }
            all += [UInt8](memory.bytes.prefix(count))
        }
    }

    /// All plaintext in this ciphertext, which arrives so many bytes at a time.
    func receive(_ ciphertext: [UInt8], step: Int = .max) -> [UInt8] {
        var rest = ciphertext[...]
        var all: [UInt8] = []
        while !rest.isEmpty {
            let piece = rest.prefix(step)
            let left = offer(piece)
            rest = rest.dropFirst(piece.count - left.count)
            all += read().0
        }
        return all
    }

    func clientReads() -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let count = tls_client_read(client, &scratch, scratch.count)
            guard count > 0 else {
                lastRead = tls_client_result(rawValue: Int32(count))
                return all
            }
            all += scratch[..<Int(count)]
        }
    }

    var suite: String { tls_client_suite(client).map { String(cString: $0) } ?? "" }
    var version: String { tls_client_version(client).map { String(cString: $0) } ?? "" }
}

extension TLSContext {
    /// With an identity that the tests know.
    static func made(sessions: Int = 4, _ identity: KnownIdentity = .p256) throws -> TLSContext {
        let context = try XCTUnwrap(TLSContext(sessions: sessions))
        try context.show(identity)
        return context
    }

    func show(_ identity: KnownIdentity) throws { try show(identity.chain, identity.key) }

    func show(_ chain: String, _ key: String) throws { try show(Array(chain.utf8), Array(key.utf8)) }

    func show(_ chain: [UInt8], _ key: [UInt8]) throws {
        try withBytes(chain + [0]) { chain in
            try withBytes(key + [0]) { key in
                try identify(
                    chain: chain.prefix(chain.count - 1), key: key.prefix(key.count - 1))
            }
        }
    }
}
