/// Why a request cannot be read any further. It is answered with `status`, after which the
/// connection is closed: where the next request would begin is no longer known.
public struct HTTPError: Error {
    public let status: HTTPStatus
    /// A sentence for the error body.
    public let reason: StaticString

    public init(_ status: HTTPStatus, _ reason: StaticString) {
        self.status = status
        self.reason = reason
    }

    static func badRequest(_ reason: StaticString) -> HTTPError { HTTPError(.badRequest, reason) }
}
