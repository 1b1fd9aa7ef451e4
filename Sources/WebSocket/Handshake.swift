import Memory

/// The proof that both sides mean to speak WebSocket (RFC 6455 §4.2.2): the server answers
/// the client's key with base64(SHA-1(key + GUID)). The hash comes from outside.
public enum Handshake {
    /// Appended to the client's key before it is hashed.
    public static let guid: StaticString = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// Bytes of a `Sec-WebSocket-Accept` value.
    public static let acceptBytes = 28

    /// True if `Sec-WebSocket-Key` is the base64 of 16 bytes. Bits left over in its last digit
    /// are nobody's: the key is hashed as it came and never decoded.
    public static func isValidKey(_ key: Bytes) -> Bool {
        guard key.count == 24, key[22] == UInt8(ascii: "="), key[23] == UInt8(ascii: "=") else {
            return false
        }
        for index in 0..<22 where !isBase64Digit(key[index]) { return false }
        return true
    }

    /// Writes the value of `Sec-WebSocket-Accept`; `digest` is the SHA-1 of key and `guid`.
    public static func writeAccept(digest: Bytes, into out: inout ByteWriter) {
        precondition(digest.count == 20)
        Base64.encode(digest, into: &out)
    }

    private static func isBase64Digit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}
