import CMbedTLS
import Memory

/// A P-256 private key with the certificate of its public half, in memory of a fixed size.
struct KeyPair: ~Copyable {
    static let keyBytesMax = Int(CONCORD_P256_DER_MAX)
    private static let certificateBytesMax = 4_096
    /// PEM takes four bytes for three, and a line end after 64.
    static let pemBytesMax = (keyBytesMax + certificateBytesMax) * 3 / 2 + 256
    static let bytes = keyBytesMax + certificateBytesMax

    private let keyMemory: MutableBytes
    private let certificateMemory: MutableBytes
    private var keyCount = 0
    private var certificateCount = 0

    init() {
        keyMemory = .allocate(KeyPair.keyBytesMax)
        certificateMemory = .allocate(KeyPair.certificateBytesMax)
    }

    deinit {
        for index in 0..<keyMemory.count { keyMemory[index] = 0 }
        keyMemory.base.deallocate()
        certificateMemory.base.deallocate()
    }

    var key: concord_der { KeyPair.der(keyMemory.bytes.prefix(keyCount)) }

    var certificateDER: Bytes { certificateMemory.bytes.prefix(certificateCount) }

    var certificate: Certificate? { Certificate(certificateDER) }

    static func der(_ bytes: Bytes) -> concord_der {
        concord_der(base: bytes.base, count: bytes.count)
    }

    /// Draws a new key; false if the library failed.
    mutating func makeKey(seed: Bytes) -> Bool {
        precondition(seed.count == 32)
        certificateCount = 0
        keyCount = concord_p256_make(seed.base, keyMemory.base)
        return keyCount > 0
    }

    /// The public half as SubjectPublicKeyInfo, in `memory`; nil if the library failed.
    func publicKey(seed: Bytes, into memory: MutableBytes) -> Bytes? {
        precondition(memory.count >= KeyPair.keyBytesMax)
        let count = concord_p256_public(key, seed.base, memory.base)
        return count > 0 ? memory.bytes.prefix(count) : nil
    }

    /// Has `writer` make the certificate of the key; false if it does not fit.
    mutating func makeCertificate(_ writer: CertificateWriter) -> Bool {
        var out = ByteWriter(certificateMemory)
        writer.write(into: &out)
        certificateCount = out.overflowed ? 0 : out.count
        return certificate != nil
    }

    /// Reads what `writePEM` wrote; false if it is damaged. A zero follows the text.
    mutating func read(pem text: Bytes, seed: Bytes) -> Bool {
        keyCount = concord_pem_read(
            CONCORD_PEM_EC_KEY, text.base, keyMemory.base, KeyPair.keyBytesMax)
        certificateCount = concord_pem_read(
            CONCORD_PEM_CERTIFICATE, text.base, certificateMemory.base,
            KeyPair.certificateBytesMax)
        return keyCount > 0 && certificate != nil
            && concord_certificate_is_of(KeyPair.der(certificateDER), key, seed.base)
    }

    /// Appends the key and its certificate.
    func writePEM(into out: inout ByteWriter) {
        out.appendPEM(CONCORD_PEM_EC_KEY, keyMemory.bytes.prefix(keyCount))
        out.appendPEM(CONCORD_PEM_CERTIFICATE, certificateDER)
    }

    /// Takes over what another holds.
    mutating func copy(_ other: borrowing KeyPair) {
        keyMemory.copy(other.keyMemory.bytes.prefix(other.keyCount), at: 0)
        certificateMemory.copy(other.certificateDER, at: 0)
        keyCount = other.keyCount
        certificateCount = other.certificateCount
    }

    mutating func wipe() {
        for index in 0..<keyMemory.count { keyMemory[index] = 0 }
        keyCount = 0
        certificateCount = 0
    }
}

extension Certificate {
    /// What the library takes for reading one in PEM, once.
    public static var readingBytes: Int { Int(CONCORD_CERTIFICATE_ARENA_BYTES) }

    /// The first certificate of a text in PEM, which a zero follows; it is a view of `memory`.
    public init?(pem text: Bytes, into memory: MutableBytes) {
        let count = concord_pem_read(
            CONCORD_PEM_CERTIFICATE, text.base, memory.base, memory.count)
        guard count > 0 else { return nil }
        self.init(memory.bytes.prefix(count))
    }

    /// Appends it in PEM.
    public func writePEM(into out: inout ByteWriter) {
        out.appendPEM(CONCORD_PEM_CERTIFICATE, der)
    }
}

extension ByteWriter {
    mutating func appendPEM(_ kind: concord_pem_kind, _ der: Bytes) {
        let room = rest
        let count = concord_pem_write(kind, KeyPair.der(der), room.base, room.count)
        if count == 0 { markOverflow() } else { advance(by: count) }
    }
}
