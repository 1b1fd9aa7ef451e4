/// The two alphabets of RFC 4648: §4 with padding (the WebSocket handshake) and §5,
/// URL-safe without padding (tokens).
public enum Base64 {
    /// Appends the padded standard encoding of `source`.
    public static func encode(_ source: Bytes, into out: inout ByteWriter) {
        encode(source, alphabet: Bytes(standardAlphabet), into: &out)
        var remainder = source.count % 3
        while remainder != 0 {
            out.append(UInt8(ascii: "="))
            remainder = (remainder + 1) % 3
        }
    }

    /// Appends the unpadded URL-safe encoding of `source`.
    public static func encodeURL(_ source: Bytes, into out: inout ByteWriter) {
        encode(source, alphabet: Bytes(urlAlphabet), into: &out)
    }

    /// Decodes unpadded URL-safe text. Only the canonical form is taken: false for a foreign
    /// byte, an impossible length, or bits left over in the last digit.
    public static func decodeURL(_ text: Bytes, into out: inout ByteWriter) -> Bool {
        guard text.count % 4 != 1 else { return false }
        var bits: UInt32 = 0
        var bitCount = 0
        for index in 0..<text.count {
            guard let digit = digitURL(text[index]) else { return false }
            bits = bits << 6 | UInt32(digit)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                out.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
            }
        }
        let leftOver = bits & ((1 << UInt32(bitCount)) - 1)
        return leftOver == 0 && !out.overflowed
    }

    private static let standardAlphabet: StaticString =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    private static let urlAlphabet: StaticString =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    private static func encode(_ source: Bytes, alphabet: Bytes, into out: inout ByteWriter) {
        var bits: UInt32 = 0
        var bitCount = 0
        for index in 0..<source.count {
            bits = bits << 8 | UInt32(source[index])
            bitCount += 8
            while bitCount >= 6 {
                bitCount -= 6
                out.append(alphabet[Int(bits >> UInt32(bitCount) & 0x3F)])
            }
        }
        if bitCount > 0 { out.append(alphabet[Int(bits << UInt32(6 - bitCount) & 0x3F)]) }
    }

    private static func digitURL(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
