import CMbedTLS
import Memory

/// Why a text is no key that tokens can be signed with.
public enum PrivateKeyError: Error {
    case encrypted
    /// Another kind, curve or size than RSA of 2048 to 4096 bits and EC P-256.
    case unsupported
    /// No private key, or a damaged one.
    case invalid
}

/// An RSA or EC private key. What signing with it allocates is taken from memory of mbedTLS's
/// own (`arenaBytes`), which is there from the start and does not grow.
public final class PrivateKey {
    public enum Kind {
        case rsa
        case p256
    }

    public let kind: Kind
    private let key: OpaquePointer

    public static var signatureBytesMax: Int { Int(CONCORD_SIGNATURE_BYTES_MAX) }
    public static var arenaBytes: Int { Int(CONCORD_KEY_ARENA_BYTES) }

    /// Reads PEM, or DER, in PKCS#8, PKCS#1 or SEC1.
    /// - Parameters:
    ///   - text: the key, with a zero behind it that does not count.
    ///   - seed: 32 random bytes.
    public init(_ text: Bytes, seed: Bytes) throws(PrivateKeyError) {
        precondition(seed.count == 32)
        var key: OpaquePointer?
        let kind = concord_key_read(text.base, text.count, seed.base, &key)
        switch kind {
        case CONCORD_KEY_RSA: self.kind = .rsa
        case CONCORD_KEY_P256: self.kind = .p256
        case CONCORD_KEY_ENCRYPTED: throw .encrypted
        case CONCORD_KEY_UNSUPPORTED: throw .unsupported
        default: throw .invalid
        }
        self.key = key!
    }

    deinit { concord_key_free(key) }

    /// Appends the signature of a digest as JSON Web Signatures have it (RFC 7518 §3.3, §3.4);
    /// false if the library had no memory for it.
    func sign(_ digest: Digest32, into out: inout ByteWriter) -> Bool {
        var memory = InlineArray<512, UInt8>(repeating: 0)
        var span = memory.mutableSpan
        return span.withUnsafeMutableBufferPointer { buffer in
            var count = 0
            let isSigned = digest.withBytes {
                concord_key_sign(key, $0.base, buffer.baseAddress!, &count)
            }
            guard isSigned else { return false }
            let signature = Bytes(base: buffer.baseAddress!, count: count)
            switch kind {
            case .rsa:
                out.append(signature)
                return true
            case .p256:
                return ECDSASignature.writeFixed(der: signature, into: &out)
            }
        }
    }

    func verify(_ signature: Bytes, of digest: Digest32) -> Bool {
        digest.withBytes { digest in
            switch kind {
            case .rsa:
                return concord_key_verify(key, digest.base, signature.base, signature.count)
            case .p256:
                return ECDSASignature.withDER(fixed: signature) {
                    concord_key_verify(key, digest.base, $0.base, $0.count)
                }
            }
        }
    }
}
