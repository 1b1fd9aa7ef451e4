import Memory

/// Writes server frames: never masked, never fragmented (RFC 6455 §5.1, §5.2).
public enum FrameEncoder {
    /// The longest header of a server frame, in bytes.
    public static let headerBytesMax = 10

    /// Bytes of the header before `payload` bytes: 2, 4 or 10.
    public static func headerLength(payload: Int) -> Int {
        switch payload {
        case ...125: 2
        case ...0xFFFF: 4
        default: 10
        }
    }

    /// Writes the header of a final frame; `payload` bytes are to follow it.
    public static func writeHeader(
        _ opcode: Opcode, payload: Int, into out: inout ByteWriter
    ) {
        precondition(payload >= 0 && (!opcode.isControl || payload <= controlPayloadBytesMax))
        out.append(0x80 | opcode.rawValue)
        switch headerLength(payload: payload) {
        case 2:
            out.append(UInt8(payload))
        case 4:
            out.append(126)
            appendBigEndian(UInt64(payload), bytes: 2, into: &out)
        default:
            out.append(127)
            appendBigEndian(UInt64(payload), bytes: 8, into: &out)
        }
    }

    /// A whole ping frame; `payload` is at most 125 bytes.
    public static func writePing(_ payload: Bytes, into out: inout ByteWriter) {
        writeHeader(.ping, payload: payload.count, into: &out)
        out.append(payload)
    }

    /// The answer to a ping: its payload, unchanged (§5.5.3).
    public static func writePong(_ payload: Bytes, into out: inout ByteWriter) {
        writeHeader(.pong, payload: payload.count, into: &out)
        out.append(payload)
    }

    /// A whole close frame; `reason` is UTF-8 of at most 123 bytes.
    public static func writeClose(
        _ code: CloseCode, reason: StaticString, into out: inout ByteWriter
    ) {
        writeClose(code: code.rawValue, reason: Bytes(reason), into: &out)
    }

    public static func writeClose(
        _ code: CloseCode, reason: Bytes, into out: inout ByteWriter
    ) {
        writeClose(code: code.rawValue, reason: reason, into: &out)
    }

    /// The answer to a close frame: the client's own code, none if it gave none (§5.5.1).
    public static func writeCloseReply(code: UInt16?, into out: inout ByteWriter) {
        if let code {
            writeClose(code: code, reason: .empty, into: &out)
        } else {
            writeHeader(.close, payload: 0, into: &out)
        }
    }

    /// Length, header and payload, of the server frame that begins with `start`: its first ten
    /// bytes, or all of it if it is shorter.
    public static func frameLength(headerAt start: Bytes) -> Int {
        switch start[1] {
        case 126: 4 + bigEndian(start[2..<4])
        case 127: 10 + bigEndian(start[2..<10])
        default: 2 + Int(start[1])
        }
    }

    private static func writeClose(code: UInt16, reason: Bytes, into out: inout ByteWriter) {
        writeHeader(.close, payload: 2 + reason.count, into: &out)
        appendBigEndian(UInt64(code), bytes: 2, into: &out)
        out.append(reason)
    }

    private static func appendBigEndian(_ value: UInt64, bytes: Int, into out: inout ByteWriter) {
        for index in (0..<bytes).reversed() {
            out.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index)))
        }
    }

    private static func bigEndian(_ bytes: Bytes) -> Int {
        var value = 0
        for index in 0..<bytes.count { value = value << 8 | Int(bytes[index]) }
        return value
    }
}
