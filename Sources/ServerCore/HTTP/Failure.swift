import ConcordProtocol
import HTTP
import Memory
import Model
import Storage

/// A request that is not carried out: what the answer says. The one place where the errors of
/// all modules get their HTTP status.
struct Failure: Error {
    enum Explanation {
        case text(StaticString)
        case attribute(AttributeError)
    }

    let status: HTTPStatus
    let explanation: Explanation
    /// For 405: what is allowed instead.
    var allowedMethods: MethodSet?
    /// For 429 and 503: milliseconds after which to try again.
    var retryAfter: Milliseconds?

    init(_ status: HTTPStatus, _ message: StaticString, retryAfter: Milliseconds? = nil) {
        self.status = status
        explanation = .text(message)
        self.retryAfter = retryAfter
    }

    init(allowing methods: MethodSet) {
        self.init(.methodNotAllowed, "This address does not know that method")
        allowedMethods = methods
    }

    init(_ error: AttributeError) {
        status = .badRequest
        explanation = .attribute(error)
    }

    init(_ error: HTTPError) { self.init(error.status, error.reason) }

    init(_ error: HubError) {
        switch error {
        case .notFound(let message): self.init(.notFound, message)
        case .forbidden(let message): self.init(.forbidden, message)
        case .invalid(let attribute, let rule):
            self.init(AttributeError(.invalid(attribute: attribute, rule: rule)))
        case .busy:
            self.init(.serviceUnavailable, "The server is busy", retryAfter: 1_000)
        case .storage(let error):
            self.init(.serviceUnavailable, error.explanation, retryAfter: 5_000)
        }
    }

    static let unauthorized = Failure(.unauthorized, "A valid token is needed")
    static let tooLongToAnswer = Failure(
        .internalServerError, "What is stored is longer than the server's buffers")
    static let shuttingDown = Failure(
        .serviceUnavailable, "The server is shutting down", retryAfter: 5_000)
    static let storageFailed = Failure(
        .serviceUnavailable, "The change could not be stored", retryAfter: 5_000)

    static let cannotSign = Failure(
        .serviceUnavailable, "There is no memory to sign a token", retryAfter: 5_000)

    func explain(into out: inout ByteWriter) {
        switch explanation {
        case .text(let text): out.append(text)
        case .attribute(let error): error.explain(into: &out)
        }
    }
}
