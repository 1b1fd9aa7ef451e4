import Memory

/// What is wrong with a message or a request body: which attribute, and how.
public struct AttributeError: Error {
    public enum Problem: Sendable {
        /// The text is not JSON; the offence as the reader names it.
        case malformed(StaticString)
        /// JSON, but not an object.
        case notAnObject
        case missing(StaticString)
        /// Present, but of another type than `expected` says.
        case wrongType(attribute: StaticString, expected: StaticString)
        /// Of the right type, but against a rule that `rule` states.
        case invalid(attribute: StaticString, rule: StaticString)
        /// A message whose `type` is not one of the protocol's.
        case unknownType
    }

    public let problem: Problem
    /// The message's nonce where it could be read, for the answer to carry it.
    public var nonce: Bytes?

    public init(_ problem: Problem, nonce: Bytes? = nil) {
        self.problem = problem
        self.nonce = nonce
    }

    /// Appends a sentence that a client's developer can act on.
    public func explain(into out: inout ByteWriter) {
        switch problem {
        case .malformed(let reason):
            out.append("The text is not valid JSON: ")
            out.append(reason)
        case .notAnObject:
            out.append("A JSON object is expected")
        case .missing(let attribute):
            out.append(attribute)
            out.append(" is missing or null")
        case .wrongType(let attribute, let expected):
            out.append(attribute)
            out.append(" must be ")
            out.append(expected)
        case .invalid(let attribute, let rule):
            out.append(attribute)
            out.append(" ")
            out.append(rule)
        case .unknownType:
            out.append("type is not a message that a client may send")
        }
    }
}
