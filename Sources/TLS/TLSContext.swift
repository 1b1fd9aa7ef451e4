import CMbedTLS
import Memory

/// What all sessions share, and the memory of everything that TLS takes: allocated here, once,
/// before the first peer is accepted.
public final class TLSContext {
    private let memory: MutableBytes
    private let context: OpaquePointer
    private var free: FixedList<UInt16>
    public let capacity: Int
    public private(set) var highWaterMark = 0

    /// The library that is linked in, with its version: `mbed TLS 2.28.3`.
    public static var library: Bytes { Bytes(cString: concord_tls_library()!) }

    /// nil if the library refuses to work on this machine.
    public init?(sessions: Int) {
        precondition(sessions > 0 && sessions <= Int(UInt16.max))
        memory = .allocate(TLSContext.bytes(sessions: sessions))
        free = FixedList(capacity: sessions)
        capacity = sessions
        guard let context = concord_tls_make(memory.base, sessions) else {
            memory.base.deallocate()
            return nil
        }
        self.context = context
        for index in 0..<sessions { free.append(UInt16(sessions - 1 - index)) }
    }

    deinit {
        concord_tls_free(context)
        memory.base.deallocate()
    }

    /// Of one session: its buffers, and what its handshake takes at the worst.
    public static var sessionBytes: Int { concord_tls_session_bytes() }

    /// Of everything but the sessions.
    public static var sharedBytes: Int { concord_tls_bytes(0) }

    static func bytes(sessions: Int) -> Int { concord_tls_bytes(sessions) }

    /// False while handshakes with the identity before the present one are under way.
    public var canChangeIdentity: Bool { concord_tls_can_identify(context) }

    /// From now on handshakes show this chain (the server's own certificate first), with its
    /// private key: each in PEM or DER, and followed by a zero that does not count. If anything is
    /// wrong with them all stays as it was. Only while the identity can be changed.
    public func identify(chain: Bytes, key: Bytes) throws(TLSIdentityError) {
        let state = concord_tls_identify(context, chain.base, chain.count, key.base, key.count)
        if let error = TLSIdentityError(state) { throw error }
    }

    /// Each certificate of the identity is issued by who is named in the next one.
    public var isChainLinked: Bool { concord_tls_chain_is_linked(context) }

    /// What the costliest step of a handshake takes on this board with the present identity, in
    /// microseconds: a signature, and the server's half of the key exchange, which takes as long.
    public var stepMicroseconds: Int { 2 * Int(concord_tls_signature_us(context)) }

    /// A session for a new peer; nil if all are taken, or there is no identity.
    public func acquire() -> TLSSession? {
        guard let index = free.popLast() else { return nil }
        let session = concord_tls_session_at(context, Int(index))!
        guard concord_tls_begin(session) else {
            free.append(index)
            return nil
        }
        highWaterMark = max(highWaterMark, count)
        return TLSSession(session, index: index)
    }

    /// Ends a session, once: all that came from its peer is forgotten.
    public func release(_ session: TLSSession) {
        session.end()
        free.append(session.index)
    }

    public var count: Int { capacity - free.count }

    /// The most bytes that any session has used of its `sessionBytes` so far.
    public var sessionBytesHighWater: Int { concord_tls_session_high_water(context) }
}

/// Why a certificate chain and a key are no identity.
public enum TLSIdentityError: Error {
    /// No certificate in PEM or DER, or a damaged one.
    case invalidChain
    /// A certificate for another kind of key than RSA of 2048 to 4096 bits, EC P-256 or P-384.
    case unsupportedChain
    case invalidKey
    case encryptedKey
    /// The key is not the one that is in the first certificate.
    case keyOfAnother
    init?(_ state: concord_tls_identity_state) {
        switch state {
        case CONCORD_TLS_IDENTITY_GOOD: return nil
        case CONCORD_TLS_CHAIN_INVALID: self = .invalidChain
        case CONCORD_TLS_CHAIN_UNSUPPORTED: self = .unsupportedChain
        case CONCORD_TLS_KEY_ENCRYPTED: self = .encryptedKey
        case CONCORD_TLS_KEY_OF_ANOTHER: self = .keyOfAnother
        default: self = .invalidKey
        }
    }
}
