import JSON
import Memory
import Model

/// The body of every HTTP error (protocol B): what went wrong, where, and a number by which
/// the log and a user's report can be brought together.
public struct ErrorBody {
    public let timestamp: Milliseconds
    /// Without the query, which may carry a token.
    public let path: Bytes
    public let status: Int
    public let reasonPhrase: StaticString
    public let message: Bytes
    public let requestID: UInt64

    public init(
        timestamp: Milliseconds, path: Bytes, status: Int, reasonPhrase: StaticString,
        message: Bytes, requestID: UInt64
    ) {
        self.timestamp = timestamp
        self.path = path
        self.status = status
        self.reasonPhrase = reasonPhrase
        self.message = message
        self.requestID = requestID
    }
}

extension JSONWriter {
    public mutating func error(_ body: ErrorBody) {
        beginObject()
        member("timestamp", body.timestamp)
        member("path", body.path)
        member("status", Int64(body.status))
        member("error", body.reasonPhrase)
        member("message", body.message)
        key("requestId")
        hexString(body.requestID)
        endObject()
    }
}
