import JSON
import Memory

/// Signs and verifies clients' tokens: JSON Web Tokens (RFC 7519) in the compact form of
/// RFC 7515 §3.1, with the algorithm of the key and no other, whatever a token may say.
public struct TokenSigner {
    private let key: TokenKey
    /// Nil where checking a signature is as cheap as remembering it.
    private let verified: VerifiedTokens?

    public static var tokenBytesMax: Int { 2048 }
    /// Room for the decoded claims of the longest token and, once more, a username in it
    /// that had to be unescaped.
    public static var scratchBytes: Int { tokenBytesMax / 4 * 3 * 2 }

    /// - Parameter remembered: how many verified tokens to keep in mind, if the key is a pair.
    public init(key: TokenKey, remembered: Int) {
        self.key = key
        verified =
            switch key {
            case .secret: nil
            case .pair: VerifiedTokens(capacity: remembered)
            }
    }

    /// What `init` allocates for a pair.
    public static func bytes(remembered: Int) -> Int { VerifiedTokens.bytes(capacity: remembered) }

    /// Appends the token; false if there was no memory to sign it.
    public func sign(_ claims: TokenClaims, into out: inout ByteWriter) -> Bool {
        let start = out.count
        withHeader { Base64.encodeURL($0, into: &out) }
        out.append(UInt8(ascii: "."))
        claims.withJSON { Base64.encodeURL($0, into: &out) }
        let signed = out.bytes.dropFirst(start)
        out.append(UInt8(ascii: "."))
        switch key {
        case .secret(let hmac):
            encode(hmac.authenticate(signed), into: &out)
        case .pair(let pair):
            guard encodeSignature(of: signed, by: pair, into: &out) else { return false }
            if !out.overflowed { verified?.insert(SHA256.digest(out.bytes.dropFirst(start))) }
        }
        return true
    }

    /// The claims of a token that we signed and that has not run out. The username points
    /// into `scratch`, which takes `scratchBytes`.
    /// - Parameters:
    ///   - running: the seconds that the server has run in its life.
    ///   - checking: whether to check a signature that takes milliseconds, if it must be.
    public func verify(
        _ token: Bytes, running: Int64, checking: Bool = true, scratch: MutableBytes
    ) throws(TokenError) -> TokenClaims {
        precondition(scratch.count >= Self.scratchBytes)
        guard token.count <= Self.tokenBytesMax else { throw .tooLong }
        guard let parts = CompactToken(token) else { throw .malformed }

        var work = ByteWriter(scratch)
        guard Base64.decodeURL(parts.header, into: &work) else { throw .malformed }
        guard key.isHeader(work.bytes) else { throw .unsupportedHeader }

        work.removeAll()
        try checkSignature(token, parts, checking, &work)

        work.removeAll()
        guard Base64.decodeURL(parts.claims, into: &work) else { throw .malformed }
        let claims = try TokenClaims(json: work.bytes, unescaped: &work)
        guard running < claims.runsOutAt else { throw .expired }
        return claims
    }

    private func checkSignature(
        _ token: Bytes, _ parts: CompactToken, _ checking: Bool, _ work: inout ByteWriter
    ) throws(TokenError) {
        switch key {
        case .secret(let hmac):
            // Our own text is compared instead of decoding the token's: so no second spelling
            // of a signature can pass.
            encode(hmac.authenticate(parts.signed), into: &work)
            guard constantTimeEqual(work.bytes, parts.signature) else { throw .badSignature }
        case .pair(let pair):
            let digest = SHA256.digest(token)
            if let verified, verified.contains(digest) { return }
            guard checking else { throw .unchecked }
            guard Base64.decodeURL(parts.signature, into: &work),
                pair.verify(work.bytes, of: SHA256.digest(parts.signed))
            else { throw .badSignature }
            verified?.insert(digest)
        }
    }

    private func encode(_ code: Digest32, into out: inout ByteWriter) {
        code.withBytes { Base64.encodeURL($0, into: &out) }
    }

    private func encodeSignature(
        of signed: Bytes, by pair: PrivateKey, into out: inout ByteWriter
    ) -> Bool {
        var memory = InlineArray<512, UInt8>(repeating: 0)
        var span = memory.mutableSpan
        return span.withUnsafeMutableBufferPointer { buffer in
            var signature = ByteWriter(MutableBytes(base: buffer.baseAddress!, count: buffer.count))
            guard pair.sign(SHA256.digest(signed), into: &signature) else { return false }
            Base64.encodeURL(signature.bytes, into: &out)
            return true
        }
    }

    private func withHeader(_ body: (Bytes) -> Void) {
        var memory = InlineArray<64, UInt8>(repeating: 0)
        var span = memory.mutableSpan
        span.withUnsafeMutableBufferPointer { buffer in
            var json = JSONWriter(
                ByteWriter(MutableBytes(base: buffer.baseAddress!, count: buffer.count)))
            key.writeHeader(into: &json)
            body(json.bytes)
        }
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
