import Memory

/// The head of a response, written straight into its buffer.
///
/// The length of a body is often known only when it has been encoded. Such a body is encoded
/// `bytesMax` behind the start of its buffer, and `write(before:of:)` puts the head right in
/// front of it, so that both leave as one piece and nothing is copied twice.
public struct ResponseHead {
    /// Room that any head of this server fits in, fields of the caller (up to
    /// `extraBytesMax`) included.
    public static let bytesMax = 1024
    /// Room that fields of the caller may take.
    public static let extraBytesMax = 512

    /// The interim answer to `Expect: 100-continue`, whole.
    public static let continueResponse: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"

    /// How the client learns where the body ends (RFC 9112 §6.3).
    public enum Framing {
        /// Also for HEAD, which tells the length of what GET would send.
        case length(Int)
        case chunked
        /// For HTTP/1.0, which has no chunks: the connection ends with the body.
        case untilClose
        /// 101 and 304, which never have one.
        case noBody
    }

    public enum Caching {
        case noStore
        /// What is named by its content and so never changes.
        case immutable
        /// What may be kept, if it is asked about each time (ETag).
        case revalidated
    }

    public var status: HTTPStatus
    public var contentType: StaticString?
    public var framing: Framing
    public var keepAlive: Bool
    public var caching = Caching.noStore
    /// The request's; HTTP/1.0 must be told that the connection stays open.
    public var minorVersion = 1
    /// Seconds since 1970, or nil while the clock is not to be trusted (RFC 9110 §6.6.1).
    public var unixTime: Int64?

    public init(
        _ status: HTTPStatus, contentType: StaticString? = nil, framing: Framing, keepAlive: Bool
    ) {
        self.status = status
        self.contentType = contentType
        self.framing = framing
        self.keepAlive = keepAlive
    }

    /// Appends the head, its empty line included.
    /// - Parameter extra: appends fields of this response alone, such as Allow or ETag.
    public func write(
        into out: inout ByteWriter, extra: (inout ByteWriter) -> Void = { _ in }
    ) {
        writeStatusLine(into: &out)
        if let unixTime {
            out.append("Date: ")
            HTTPDate.write(unixTime: unixTime, into: &out)
            out.append("\r\n")
        }
        out.appendCommonFields()
        switch caching {
        case .noStore: out.appendField("Cache-Control", "no-store")
        case .immutable: out.appendField("Cache-Control", "public, max-age=31536000, immutable")
        case .revalidated: out.appendField("Cache-Control", "no-cache")
        }
        if let contentType { out.appendField("Content-Type", contentType) }
        writeFraming(into: &out)
        extra(&out)
        out.append("\r\n")
    }

    /// Puts the head right before the body that begins at `bodyStart`, and returns where the
    /// head begins.
    /// - Precondition: `bodyStart` is at least `bytesMax`.
    public func write(
        before bodyStart: Int, of buffer: MutableBytes,
        extra: (inout ByteWriter) -> Void = { _ in }
    ) -> Int {
        let room = buffer[bodyStart - Self.bytesMax..<bodyStart]
        var out = ByteWriter(room)
        write(into: &out, extra: extra)
        precondition(!out.overflowed)
        room.copy(out.bytes, at: room.count - out.count)
        return bodyStart - out.count
    }

    private func writeStatusLine(into out: inout ByteWriter) {
        out.append("HTTP/1.1 ")
        out.appendDecimal(Int(status.rawValue))
        out.append(Grammar.space)
        out.append(status.reasonPhrase)
        out.append("\r\n")
    }

    private func writeFraming(into out: inout ByteWriter) {
        var persists = keepAlive
        switch framing {
        case .length(let length): out.appendField("Content-Length", length)
        case .chunked: out.appendField("Transfer-Encoding", "chunked")
        case .untilClose: persists = false
        case .noBody: break
        }
        if !persists {
            out.appendField("Connection", "close")
        } else if minorVersion == 0 {
            out.appendField("Connection", "keep-alive")
        }
    }
}
