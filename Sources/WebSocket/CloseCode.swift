/// Why a connection is closed: the codes that this server sends (RFC 6455 §7.4.1, the
/// registry of §11.7 for 1012 and 1013, and our own from the private range).
public enum CloseCode: UInt16 {
    case normal = 1000
    case goingAway = 1001
    case protocolError = 1002
    case unsupportedData = 1003
    case invalidPayload = 1007
    case policyViolation = 1008
    case messageTooBig = 1009
    case internalError = 1011
    case serviceRestart = 1012
    case tryAgainLater = 1013

    /// A newer connection of the same user took this one's place.
    case replaced = 4000
    /// The token has expired or was revoked.
    case tokenExpired = 4001
    /// The client read too slowly; it may come back and resume.
    case fellBehind = 4002

    /// True if a peer may put `code` into a close frame: it is registered for use on the wire,
    /// or from the ranges of libraries (3000) and applications (4000), RFC 6455 §7.4.2.
    static func mayBeReceived(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
