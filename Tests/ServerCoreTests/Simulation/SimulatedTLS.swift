import Memory
import TLS
import TLSClient
import TestSupport
import XCTest

/// A peer's end of TLS: the library's own client, which trusts the server's certificate.
final class SimulatedTLS {
    private let client: OpaquePointer
    private var scratch = [UInt8](repeating: 0, count: 20_000)
    private var waiting: [UInt8] = []
    private(set) var isOpen = false
    /// The server said that it sends no more.
    private(set) var hasEnded = false
    private(set) var hasFailed = false

    init(resuming earlier: SimulatedTLS? = nil) {
        let trusted = Array(KnownIdentity.p256.chain.utf8) + [0]
        client = tls_client_make(trusted, trusted.count)
        if let earlier { tls_client_resume(client, earlier.client) }
    }

    deinit { tls_client_free(client) }

    /// Before the handshake begins.
    func offerNoTLS13() { tls_client_limit_version(client, false) }

    /// Plaintext to be sent, when the handshake is done.
    func write(_ bytes: [UInt8]) {
        waiting += bytes
        guard isOpen else { return }
        XCTAssertTrue(tls_client_write(client, waiting, waiting.count))
        waiting = []
    }

    /// Says that nothing more will be sent.
    func close() { tls_client_close(client) }

    /// Ciphertext for the server.
    func outgoing() -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let count = tls_client_take(client, &scratch, scratch.count)
            guard count > 0 else { return all }
            all += scratch[..<count]
        }
    }

    /// Takes ciphertext from the server; the plaintext in it.
    func read(_ ciphertext: [UInt8]) -> [UInt8] {
        tls_client_give(client, ciphertext, ciphertext.count)
        if !isOpen, !hasFailed {
            switch tls_client_handshake(client) {
            case 0:
                isOpen = true
                write([])
            case Int32(TLS_CLIENT_WANTS_INPUT.rawValue): break
            default: hasFailed = true
            }
        }
        var plaintext: [UInt8] = []
        while isOpen, !hasEnded, !hasFailed {
            let count = tls_client_read(client, &scratch, scratch.count)
            if count > 0 {
                plaintext += scratch[..<Int(count)]
            } else if count == Int64(TLS_CLIENT_ENDED.rawValue) {
                hasEnded = true
            } else if count == Int64(TLS_CLIENT_WANTS_INPUT.rawValue) {
                break
            } else {
                hasFailed = true
            }
        }
        return plaintext
    }

    var alert: Int { Int(tls_client_alert(client)) }
}

extension TLSContext {
    func show(_ identity: KnownIdentity) throws {
        try withBytes(identity.chain + "\0") { chain in
            try withBytes(identity.key + "\0") { key in
                try identify(
                    chain: chain.prefix(chain.count - 1), key: key.prefix(key.count - 1))
            }
        }
    }
}

extension XCTestCase {
    func skipOverTLS(_ reason: String) throws {
        try XCTSkipIf(World.newcomersSpeakTLS, reason)
    }
}
