/// What a frame carries (RFC 6455 §5.2).
public enum Opcode: UInt8 {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    /// Control frames may come between the fragments of a message (§5.5).
    @inline(__always)
    var isControl: Bool { rawValue & 0x8 != 0 }
}

/// The most that a control frame may carry (RFC 6455 §5.5).
public let controlPayloadBytesMax = 125
