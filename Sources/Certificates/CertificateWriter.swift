import CMbedTLS
import Crypto
import Memory

/// What a certificate is to say (RFC 5280 §4.1).
struct CertificateTerms {
    enum Role {
        /// Vouches for leaves alone, within these constraints, and for itself.
        case authority(constraints: Bytes)
        /// A server under these names, for which that authority vouches.
        case server(names: Bytes, of: Certificate)
    }

    /// The commonName.
    var name: Bytes
    var validity: Validity
    /// SubjectPublicKeyInfo.
    var publicKey: Bytes
    var role: Role
}

/// Writes certificates in DER, signed with ECDSA of P-256 and SHA-256.
struct CertificateWriter {
    private static let serialBytes = 16
    private static let keyIdentifierBytes = 20

    private let terms: CertificateTerms
    private let signingKey: concord_der
    private let seed: Bytes

    init(_ terms: CertificateTerms, signingKey: concord_der, seed: Bytes) {
        precondition(seed.count == 32)
        self.terms = terms
        self.signingKey = signingKey
        self.seed = seed
    }

    /// What does not fit, or cannot be signed, overflows `out`.
    func write(into out: inout ByteWriter) {
        out.appendDER(DERTag.sequence) { out in
            let start = out.count
            out.appendDER(DERTag.sequence, writeBody)
            guard !out.overflowed else { return }
            let body = out.bytes.dropFirst(start)
            writeAlgorithm(into: &out)
            writeSignature(of: body, into: &out)
        }
    }

    private func writeBody(into out: inout ByteWriter) {
        // Version 3 is called 2.
        out.appendDER(DERTag.wrapping(0)) { $0.appendDER(DERTag.integer) { $0.append(2) } }
        writeSerial(into: &out)
        writeAlgorithm(into: &out)
        switch terms.role {
        case .authority: writeSubject(into: &out)
        case .server(_, let authority):
            out.appendDER(DERTag.sequence) { $0.append(authority.subject) }
        }
        out.appendDER(DERTag.sequence) { out in
            writeTime(terms.validity.notBefore, into: &out)
            writeTime(terms.validity.notAfter, into: &out)
        }
        writeSubject(into: &out)
        out.append(terms.publicKey)
        out.appendDER(DERTag.wrapping(3)) { $0.appendDER(DERTag.sequence, writeExtensions) }
    }

    /// Drawn from the seed, positive, and without a superfluous first byte (§4.1.2.2).
    private func writeSerial(into out: inout ByteWriter) {
        SHA256.digest(seed, Bytes("serial")).withBytes { digest in
            out.appendDER(DERTag.integer) { out in
                out.append(digest[0] & 0x7F | 0x40)
                out.append(digest[1..<CertificateWriter.serialBytes])
            }
        }
    }

    /// ecdsa-with-SHA256, without parameters (RFC 5758 §3.2).
    private func writeAlgorithm(into out: inout ByteWriter) {
        out.appendDER(DERTag.sequence) { out in
            out.append(bytes: [6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2])
        }
    }

    private func writeSubject(into out: inout ByteWriter) {
        out.appendDER(DERTag.sequence) { out in
            out.appendDER(DERTag.set) { out in
                out.appendDER(DERTag.sequence) { out in
                    out.append(bytes: [6, 3, 0x55, 4, 3])
                    out.appendDER(DERTag.utf8String) { $0.append(terms.name) }
                }
            }
        }
    }

    /// UTCTime until 2049, GeneralizedTime after (§4.1.2.5).
    private func writeTime(_ unixTime: Int64, into out: inout ByteWriter) {
        let time = CalendarTime(unixTime: unixTime)
        let isLong = time.year >= 2050
        out.appendDER(isLong ? DERTag.generalizedTime : DERTag.utcTime) { out in
            let start = out.count
            time.write(into: &out)
            out.append("Z")
            guard !isLong, !out.overflowed else { return }
            // Without its century.
            let text = out.written.dropFirst(start)
            text.copy(text.bytes.dropFirst(2), at: 0)
            out.rewind(to: out.count - 2)
        }
    }

    private func writeSignature(of body: Bytes, into out: inout ByteWriter) {
        var signature = InlineArray<80, UInt8>(repeating: 0)
        var span = signature.mutableSpan
        span.withUnsafeMutableBufferPointer { buffer in
            let base = buffer.baseAddress!
            let count = concord_p256_sign(signingKey, KeyPair.der(body), seed.base, base)
            guard count > 0 else { return out.markOverflow() }
            out.appendDER(DERTag.bitString) { out in
                out.append(0)
                out.append(Bytes(base: base, count: count))
            }
        }
    }

    // MARK: - Extensions (§4.2.1)

    private func writeExtensions(into out: inout ByteWriter) {
        writeExtension(14, into: &out) { out in
            out.appendDER(DERTag.octetString, writeKeyIdentifier)
        }
        switch terms.role {
        case .authority(let constraints):
            writeAuthorityExtensions(constraints, into: &out)
        case .server(let names, let authority):
            writeServerExtensions(names, of: authority, into: &out)
        }
    }

    private func writeAuthorityExtensions(_ constraints: Bytes, into out: inout ByteWriter) {
        // basicConstraints: cA TRUE, pathLenConstraint 0
        writeExtension(19, isCritical: true, into: &out) { out in
            out.append(bytes: [0x30, 6, 1, 1, 0xFF, 2, 1, 0])
        }
        // keyUsage: keyCertSign, cRLSign
        writeExtension(15, isCritical: true, into: &out) { $0.append(bytes: [3, 2, 1, 0x06]) }
        // So it vouches for no mail and no program: clients take the purposes of an authority for
        // those that its certificates can have.
        writeServerPurpose(into: &out)
        // RFC 5280 wants nameConstraints to be critical. But then clients that do not know them,
        // mbedTLS itself for one, refuse the authority; those that do obey them either way.
        writeExtension(30, into: &out) { $0.append(constraints) }
    }

    private func writeServerExtensions(
        _ names: Bytes, of authority: Certificate, into out: inout ByteWriter
    ) {
        // basicConstraints: cA FALSE, the default
        writeExtension(19, isCritical: true, into: &out) { $0.append(bytes: [0x30, 0]) }
        // keyUsage: digitalSignature
        writeExtension(15, isCritical: true, into: &out) { $0.append(bytes: [3, 2, 7, 0x80]) }
        writeServerPurpose(into: &out)
        // authorityKeyIdentifier
        writeExtension(35, into: &out) { out in
            out.appendDER(DERTag.sequence) { out in
                out.appendDER(0x80) { $0.append(authority.keyIdentifier) }
            }
        }
        writeExtension(17, into: &out) { $0.appendDER(DERTag.sequence) { $0.append(names) } }
    }

    /// extKeyUsage: id-kp-serverAuth
    private func writeServerPurpose(into out: inout ByteWriter) {
        writeExtension(37, into: &out) { out in
            out.append(bytes: [0x30, 10, 6, 8, 0x2B, 6, 1, 5, 5, 7, 3, 1])
        }
    }

    /// An extension of those that 2.5.29 numbers.
    private func writeExtension(
        _ number: UInt8, isCritical: Bool = false, into out: inout ByteWriter,
        _ write: (inout ByteWriter) -> Void
    ) {
        out.appendDER(DERTag.sequence) { out in
            out.append(bytes: [6, 3, 0x55, 0x1D, number])
            if isCritical { out.append(bytes: [1, 1, 0xFF]) }
            out.appendDER(DERTag.octetString, write)
        }
    }

    /// The beginning of the key's SHA-256 (RFC 7093 §2). The key is the last 65 bytes of its info.
    private func writeKeyIdentifier(into out: inout ByteWriter) {
        let info = terms.publicKey
        guard info.count > 65 else { return out.markOverflow() }
        SHA256.digest(info.dropFirst(info.count - 65)).withBytes { digest in
            out.append(digest.prefix(CertificateWriter.keyIdentifierBytes))
        }
    }
}

extension ByteWriter {
    fileprivate mutating func append<let count: Int>(bytes: InlineArray<count, UInt8>) {
        for index in 0..<count { append(bytes[index]) }
    }
}
