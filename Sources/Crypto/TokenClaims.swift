import JSON
import Memory

/// What a token says of its bearer. Times are seconds since the Unix epoch, for whoever else
/// reads it; here only their distance counts, in seconds that the server has run: a board
/// without a clock battery does not know what time it is, but how long it has run.
public struct TokenClaims {
    /// `id`
    public let user: Int64
    /// `sub`, a view into the memory of whoever made the claims. UTF-8, at most
    /// `usernameBytesMax` bytes in a token to be signed.
    public let username: Bytes
    /// `iat`
    public let issuedAt: Int64
    /// `exp`: the token is good until the second before it.
    public let expiresAt: Int64
    /// `run`: the seconds that the server had run in its life when it issued the token.
    public let issuedAtRunning: Int64
    /// `gen`: the user's token generation at the time. A raised one revokes what came before.
    public let generation: Int64

    public static var usernameBytesMax: Int { 256 }

    /// `jti`: random, for two tokens of one second must not be the same; 0 in one that was read.
    public let number: UInt64

    public init(
        user: Int64, username: Bytes, issuedAt: Int64, expiresAt: Int64, issuedAtRunning: Int64,
        generation: Int64, number: UInt64 = 0
    ) {
        self.number = number
        self.user = user
        self.username = username
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.issuedAtRunning = issuedAtRunning
        self.generation = generation
    }

    /// The second of the server's life from which the token is void.
    public var runsOutAt: Int64 {
        let (lifetime, isTooLong) = expiresAt.subtractingReportingOverflow(issuedAt)
        let (end, isTooLate) = issuedAtRunning.addingReportingOverflow(lifetime)
        return isTooLong || isTooLate ? 0 : end
    }
}

/// Why a token is refused.
public enum TokenError: Error {
    /// Longer than `TokenSigner.tokenBytesMax`.
    case tooLong
    /// Not three parts in base64url, or no JSON object inside.
    case malformed
    case badSignature
    /// Its signature is not remembered, and the caller did not want it checked.
    case unchecked
    /// Another algorithm than our key's, or a header with members that we do not know.
    case unsupportedHeader
    /// A claim is missing or has the wrong type.
    case invalidClaims
    case foreignIssuer
    case expired
}

// The claims as JSON (RFC 7519 §4).
extension TokenClaims {
    private static var issuer: StaticString { "Concord" }

    /// Reads a set of claims; unknown ones are ignored. A username with escapes is decoded
    /// into `unescaped`, any other stays where it is.
    init(json: Bytes, unescaped: inout ByteWriter) throws(TokenError) {
        guard let members = JSONMembers(document: json) else { throw .malformed }
        var issuer: JSONString?
        var username: JSONString?
        var user: Int64?
        var issuedAt: Int64?
        var expiresAt: Int64?
        var issuedAtRunning: Int64?
        var generation: Int64?
        for (name, value) in members {
            switch name {
            case "iss": issuer = value.string
            case "sub": username = value.string
            case "id": user = value.integer
            case "iat": issuedAt = value.integer
            case "exp": expiresAt = value.integer
            case "run": issuedAtRunning = value.integer
            case "gen": generation = value.integer
            default: break
            }
        }
        guard let issuer, let username, let user, let issuedAt, let expiresAt,
            let issuedAtRunning, let generation
        else { throw .invalidClaims }
        guard issuer.equals(Self.issuer) else { throw .foreignIssuer }
        self.init(
            user: user, username: username.text(unescapedInto: &unescaped),
            issuedAt: issuedAt, expiresAt: expiresAt, issuedAtRunning: issuedAtRunning,
            generation: generation)
    }

    /// Lends the claims' JSON for the duration of `body`.
    func withJSON(_ body: (Bytes) -> Void) {
        precondition(username.count <= Self.usernameBytesMax)
        // Six bytes for each of a username's at worst, and the rest.
        var memory = InlineArray<2048, UInt8>(repeating: 0)
        var span = memory.mutableSpan
        span.withUnsafeMutableBufferPointer { buffer in
            let room = MutableBytes(base: buffer.baseAddress!, count: buffer.count)
            var json = JSONWriter(ByteWriter(room))
            json.beginObject()
            json.member("sub", username)
            json.member("id", user)
            json.member("iat", issuedAt)
            json.member("exp", expiresAt)
            json.member("iss", Self.issuer)
            json.member("run", issuedAtRunning)
            json.member("gen", generation)
            if number != 0 {
                json.key("jti")
                json.hexString(number)
            }
            json.endObject()
            body(json.bytes)
        }
    }
}

extension JSONMembers {
    /// The members of a document that is one object; nil if it is anything else.
    init?(document: Bytes) {
        var reader = JSONReader(document)
        guard case .object(let object)? = try? reader.readDocument() else { return nil }
        self.init(object)
    }
}

extension JSONValue {
    var string: JSONString? {
        guard case .string(let string) = self else { return nil }
        return string
    }

    fileprivate var integer: Int64? {
        guard case .number(let number) = self else { return nil }
        return number.integer
    }
}

extension JSONString {
    fileprivate func text(unescapedInto writer: inout ByteWriter) -> Bytes {
        guard hasEscapes else { return raw }
        let start = writer.count
        decode(into: &writer)
        return writer.bytes.dropFirst(start)
    }
}
