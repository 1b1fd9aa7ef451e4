import CMbedTLS
import Memory

/// The server's own certificate authority, and the certificate that it gave the server. All memory
/// is taken at the start; nothing here touches a file, a clock or a source of randomness.
public final class LocalAuthority {
    /// Random bytes that making something takes: for a key, and for a certificate.
    public static let entropyBytes = 64

    private var authorityPair = KeyPair()
    private var leafPair = KeyPair()
    /// A certificate that is being made: the one before stays until all went well.
    private var freshPair = KeyPair()
    private let scratch = MutableBytes.allocate(NameConstraints.bytesMax)
    private let nameMemory = MutableBytes.allocate(64)
    private let keyMemory = MutableBytes.allocate(KeyPair.keyBytesMax)
    private let pemMemory = MutableBytes.allocate(KeyPair.pemBytesMax)

    public init() {}

    public static var bytes: Int {
        3 * KeyPair.bytes + NameConstraints.bytesMax + 64 + KeyPair.keyBytesMax
            + KeyPair.pemBytesMax + ServedNames.bytesMax + Int(CONCORD_CERTIFICATE_ARENA_BYTES)
    }

    /// The longest text that is kept in a file.
    public static var fileBytesMax: Int { KeyPair.pemBytesMax }

    /// nil until it was read or made.
    public var certificate: Certificate? { authorityPair.certificate }
    public var leaf: Certificate? { leafPair.certificate }

    // MARK: - The authority

    /// Reads what `text` gave; false if it is damaged. A zero follows the text.
    public func read(_ text: Bytes, entropy: Bytes) -> Bool {
        authorityPair.read(pem: text, seed: entropy.prefix(32))
    }

    /// Makes a new one, which nobody trusts yet.
    /// - Parameters:
    ///   - host: the machine's name, which devices show with the authority.
    ///   - names: what the machine is reached under now.
    public func make(
        host: Bytes, names: borrowing ServedNames, clock: Int64, entropy: Bytes
    ) -> Bool {
        var value = ByteWriter(scratch)
        NameConstraints.write(for: names, into: &value)
        var name = ByteWriter(nameMemory)
        name.append("Concord on ")
        name.append(isHostName(host) ? host.prefix(min(host.count, 40)) : Bytes("this machine"))
        guard !value.overflowed, authorityPair.makeKey(seed: entropy.prefix(32)),
            let publicKey = authorityPair.publicKey(seed: entropy.prefix(32), into: keyMemory)
        else { return false }
        let terms = CertificateTerms(
            name: name.bytes, validity: LeafPolicy.authorityValidity(clock: clock),
            publicKey: publicKey, role: .authority(constraints: value.bytes))
        return authorityPair.makeCertificate(
            CertificateWriter(
                terms, signingKey: authorityPair.key, seed: entropy.dropFirst(32)))
    }

    /// What its file holds: the private key and the certificate, in PEM. Valid until the next call.
    public func text() -> Bytes {
        var out = ByteWriter(pemMemory)
        authorityPair.writePEM(into: &out)
        precondition(!out.overflowed)
        return out.bytes
    }

    // MARK: - The server's certificate

    /// Reads what `leafText` gave; false if it is damaged or another authority's.
    public func readLeaf(_ text: Bytes, entropy: Bytes) -> Bool {
        guard leafPair.read(pem: text, seed: entropy.prefix(32)),
            concord_certificate_is_signed_by(
                KeyPair.der(leafPair.certificateDER), KeyPair.der(authorityPair.certificateDER))
        else {
            leafPair.wipe()
            return false
        }
        return true
    }

    public func reasonToRenew(names: borrowing ServedNames, clock: Int64) -> RenewalReason? {
        guard let leaf, let certificate else { return nil }
        return LeafPolicy.reasonToRenew(leaf, of: certificate, names: names, clock: clock)
    }

    /// Makes another for these names, as far as the authority may vouch for them, with a key of its
    /// own. If it cannot be made, the one before stays.
    public func makeLeaf(names: borrowing ServedNames, clock: Int64, entropy: Bytes) -> Bool {
        guard let authority = certificate, freshPair.makeKey(seed: entropy.prefix(32)),
            let publicKey = freshPair.publicKey(seed: entropy.prefix(32), into: keyMemory)
        else { return false }
        defer { freshPair.wipe() }
        var permitted = ByteWriter(scratch)
        let constraints = NameConstraints(authority.nameConstraints)
        var list = ServedNameList(names.der)
        while let name = list.next() {
            if constraints.permit(name) { permitted.append(name) }
        }
        let terms = CertificateTerms(
            name: Bytes("Concord"),
            validity: LeafPolicy.validity(clock: clock, authority: authority.validity),
            publicKey: publicKey, role: .server(names: permitted.bytes, of: authority))
        let writer = CertificateWriter(
            terms, signingKey: authorityPair.key, seed: entropy.dropFirst(32))
        guard freshPair.makeCertificate(writer) else { return false }
        leafPair.copy(freshPair)
        return true
    }

    /// What its file holds, likewise.
    public func leafText() -> Bytes {
        var out = ByteWriter(pemMemory)
        leafPair.writePEM(into: &out)
        precondition(!out.overflowed)
        return out.bytes
    }
}
