import JSON
import Memory

/// What tokens are signed with. The key alone decides the algorithm (RFC 8725 §3.1).
public enum TokenKey {
    /// HS256
    case secret(HMACSHA256)
    /// RS256 or ES256
    case pair(PrivateKey)

    /// A secret of at least 32 bytes (RFC 7518 §3.2).
    public static func secret(_ bytes: Bytes) -> TokenKey {
        precondition(bytes.count >= 32)
        return .secret(HMACSHA256(key: bytes))
    }

    private var algorithm: StaticString {
        switch self {
        case .secret: "HS256"
        case .pair(let key):
            switch key.kind {
            case .rsa: "RS256"
            case .p256: "ES256"
            }
        }
    }

    /// Appends a token's first part, still as JSON.
    func writeHeader(into json: inout JSONWriter) {
        json.beginObject()
        json.member("alg", Bytes(algorithm))
        json.member("typ", "JWT")
        json.endObject()
    }

    /// A member that we do not know may change the meaning of the rest, as `crit` and `b64`
    /// do: only what `writeHeader` writes is taken.
    func isHeader(_ text: Bytes) -> Bool {
        guard let members = JSONMembers(document: text) else { return false }
        var hasAlgorithm = false
        for (name, value) in members {
            guard let text = value.string else { return false }
            if name.equals("alg") && text.equals(algorithm) {
                hasAlgorithm = true
            } else if !(name.equals("typ") && text.equals("JWT")) {
                return false
            }
        }
        return hasAlgorithm
    }
}
