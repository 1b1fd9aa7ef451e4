import Memory

/// The head of a request: views into the bytes it was parsed from, valid as long as those.
public struct RequestHead {
    /// How the length of the content is told (RFC 9112 §6.3).
    public enum Body: Equatable {
        case none
        /// Content-Length; what does not fit `Int` is `Int.max`, above every limit.
        case length(Int)
        case chunked
    }

    public let method: HTTPMethod
    /// Percent-encoded as sent, without the query; `*` for an OPTIONS about the whole server.
    public let path: Bytes
    /// What follows the first `?`, still encoded; empty if there is none.
    public let query: Bytes
    /// The host and port asked for: from the target if it is absolute, else from Host.
    public internal(set) var host: Bytes?
    /// 0 or 1: HTTP/1.2 and above are read as HTTP/1.1 (RFC 9110 §2.5).
    public let minorVersion: Int
    /// Whether the connection may serve another request after this one.
    public internal(set) var keepAlive = false
    /// The client holds its content back until it is told `100 Continue`.
    public internal(set) var expectsContinue = false
    public internal(set) var body = Body.none

    public internal(set) var authorization: Bytes?
    public internal(set) var contentType: Bytes?
    public internal(set) var origin: Bytes?
    public internal(set) var ifNoneMatch: Bytes?
    public internal(set) var acceptEncoding: Bytes?
    public internal(set) var accessControlRequestMethod: Bytes?
    public internal(set) var accessControlRequestHeaders: Bytes?
    public internal(set) var upgrade: Bytes?
    /// The Connection field lists `upgrade`, without which Upgrade means nothing.
    public internal(set) var connectionHasUpgrade = false
    public internal(set) var secWebSocketKey: Bytes?
    public internal(set) var secWebSocketVersion: Bytes?

    init(_ line: RequestLine) {
        method = line.method
        path = line.target.path
        query = line.target.query
        host = line.target.authority
        minorVersion = line.minorVersion
    }
}

extension RequestHead {
    /// The client asks to switch to WebSocket. Other protocols, such as h2c, are not offered,
    /// and asking for them changes nothing; HTTP/1.0 cannot ask (RFC 9110 §7.8).
    public var asksForWebSocket: Bool {
        guard minorVersion >= 1, connectionHasUpgrade, let upgrade else { return false }
        return ListElements.of(upgrade, contain: "websocket")
    }

    /// The credentials of `Authorization: Bearer …` (RFC 6750 §2.1), nil for any other scheme.
    public var bearerToken: Bytes? {
        let scheme: StaticString = "bearer "
        guard let authorization, authorization.count > scheme.utf8CodeUnitCount,
            authorization.prefix(scheme.utf8CodeUnitCount).equalsIgnoringCase(scheme)
        else { return nil }
        return authorization.dropFirst(scheme.utf8CodeUnitCount).trimmed
    }

    /// Content-Type without its parameters, in the sender's case.
    public var mediaType: Bytes? {
        guard let contentType else { return nil }
        let end = contentType.firstIndex(of: UInt8(ascii: ";")) ?? contentType.count
        return contentType.prefix(end).trimmed
    }

    /// Whether If-None-Match names `entityTag`, which is given with its quotes, or any (`*`):
    /// a GET is then answered 304. Comparison is weak (RFC 9110 §13.1.2).
    public func alreadyHas(entityTag: Bytes) -> Bool {
        guard let ifNoneMatch else { return false }
        if ifNoneMatch == "*" { return true }
        var tags = ListElements(ifNoneMatch)
        while let tag = tags.next() {
            if (tag.starts(with: "W/") ? tag.dropFirst(2) : tag) == entityTag { return true }
        }
        return false
    }
}
