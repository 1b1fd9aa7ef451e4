/// What a client did wrong. Each error ends the connection, with `closeCode` and `reason`
/// in the close frame.
public enum WebSocketError: Error {
    case reservedBits
    case unknownOpcode
    case unmaskedFrame
    case fragmentedControlFrame
    case oversizedControlFrame
    case unexpectedContinuation
    case unfinishedMessage
    case nonMinimalLength
    case excessiveLength
    case truncatedCloseCode
    case invalidCloseCode
    case invalidCloseReason
    case invalidText
    case messageTooBig

    public var closeCode: CloseCode {
        switch self {
        case .reservedBits, .unknownOpcode, .unmaskedFrame, .fragmentedControlFrame,
            .oversizedControlFrame, .unexpectedContinuation, .unfinishedMessage,
            .nonMinimalLength, .excessiveLength, .truncatedCloseCode, .invalidCloseCode:
            .protocolError
        case .invalidCloseReason, .invalidText: .invalidPayload
        case .messageTooBig: .messageTooBig
        }
    }

    /// A sentence for the close frame and the log, shorter than a control frame's 123 bytes.
    public var reason: StaticString {
        switch self {
        case .reservedBits: "reserved bits are set"
        case .unknownOpcode: "unknown opcode"
        case .unmaskedFrame: "client frames must be masked"
        case .fragmentedControlFrame: "control frames cannot be fragmented"
        case .oversizedControlFrame: "control frames carry at most 125 bytes"
        case .unexpectedContinuation: "continuation without a message to continue"
        case .unfinishedMessage: "new message before the last fragment of the one before"
        case .nonMinimalLength: "payload length is not in its shortest form"
        case .excessiveLength: "payload length exceeds 63 bits"
        case .truncatedCloseCode: "close code has only one byte"
        case .invalidCloseCode: "close code is not for use on the wire"
        case .invalidCloseReason: "close reason is not UTF-8"
        case .invalidText: "text is not UTF-8"
        case .messageTooBig: "message is too big"
        }
    }
}
