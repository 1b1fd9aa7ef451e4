import Memory

/// The request methods this server knows. CONNECT, TRACE and every other token are answered
/// 501, and the connection is closed.
public enum HTTPMethod {
    case get, head, post, put, patch, delete, options

    /// Methods are case-sensitive (RFC 9110 §9.1).
    public init?(_ token: Bytes) {
        switch token {
        case "GET": self = .get
        case "HEAD": self = .head
        case "POST": self = .post
        case "PUT": self = .put
        case "PATCH": self = .patch
        case "DELETE": self = .delete
        case "OPTIONS": self = .options
        default: return nil
        }
    }

    public var name: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        }
    }
}
