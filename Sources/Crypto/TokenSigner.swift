import JSON
import Memory

/// Signs and verifies clients' tokens: JSON Web Tokens (RFC 7519) in the compact form of
/// RFC 7515 §3.1, with HS256 and no other algorithm whatever a token may say.
public struct TokenSigner {
    private let hmac: HMACSHA256

    public static var tokenBytesMax: Int { 2048 }
    /// Room for the decoded claims of the longest token and, once more, a username in it
    /// that had to be unescaped.
    public static var scratchBytes: Int { tokenBytesMax / 4 * 3 * 2 }

    /// A key of at least 32 bytes (RFC 7518 §3.2).
    public init(key: Bytes) {
        precondition(key.count >= 32)
        hmac = HMACSHA256(key: key)
    }

    /// Appends the token.
    public func sign(_ claims: TokenClaims, into out: inout ByteWriter) {
        let start = out.count
        Base64.encodeURL(Bytes(#"{"alg":"HS256","typ":"JWT"}"#), into: &out)
        out.append(UInt8(ascii: "."))
        claims.withJSON { Base64.encodeURL($0, into: &out) }
        let signed = out.bytes.dropFirst(start)
        out.append(UInt8(ascii: "."))
        appendSignature(of: signed, to: &out)
    }

    /// The claims of a token that we signed and that has not expired. The username points
    /// into `scratch`, which takes `scratchBytes`.
    public func verify(
        _ token: Bytes, nowSeconds: Int64, scratch: MutableBytes
    ) throws(TokenError) -> TokenClaims {
        precondition(scratch.count >= Self.scratchBytes)
        guard token.count <= Self.tokenBytesMax else { throw .tooLong }
        guard let parts = CompactToken(token) else { throw .malformed }

        var work = ByteWriter(scratch)
        appendSignature(of: parts.signed, to: &work)
        guard constantTimeEqual(work.bytes, parts.signature) else { throw .badSignature }

        work.removeAll()
        guard Base64.decodeURL(parts.header, into: &work) else { throw .malformed }
        guard isSupported(header: work.bytes) else { throw .unsupportedHeader }

        work.removeAll()
        guard Base64.decodeURL(parts.claims, into: &work) else { throw .malformed }
        let claims = try TokenClaims(json: work.bytes, unescaped: &work)
        guard nowSeconds < claims.expiresAt else { throw .expired }
        return claims
    }

    /// Verification compares this text instead of decoding the token's: so no second
    /// spelling of a signature can pass.
    private func appendSignature(of signed: Bytes, to out: inout ByteWriter) {
        hmac.authenticate(signed).withBytes { Base64.encodeURL($0, into: &out) }
    }

    /// A member that we do not know may change the meaning of the rest, as `crit` and `b64`
    /// do: only what `sign` writes is taken.
    private func isSupported(header: Bytes) -> Bool {
        guard let members = JSONMembers(document: header) else { return false }
        var algorithmIsHS256 = false
        for (name, value) in members {
            guard let text = value.string else { return false }
            if name.equals("alg") && text.equals("HS256") {
                algorithmIsHS256 = true
            } else if !(name.equals("typ") && text.equals("JWT")) {
                return false
            }
        }
        return algorithmIsHS256
    }
}

/// The three parts of a token, still encoded.
private struct CompactToken {
    let header: Bytes
    let claims: Bytes
    let signature: Bytes
    /// Header and claims with the dot between them: what the signature is for.
    let signed: Bytes

    /// Nil unless there are exactly two dots.
    init?(_ token: Bytes) {
        let dot = UInt8(ascii: ".")
        guard let first = token.firstIndex(of: dot) else { return nil }
        let afterHeader = token.dropFirst(first + 1)
        guard let second = afterHeader.firstIndex(of: dot) else { return nil }
        header = token.prefix(first)
        claims = afterHeader.prefix(second)
        signature = afterHeader.dropFirst(second + 1)
        signed = token.prefix(first + 1 + second)
        if signature.firstIndex(of: dot) != nil { return nil }
    }
}
