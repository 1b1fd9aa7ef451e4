import Memory

/// `uri-host [ ":" port ]` (RFC 9110 §7.2). User information is refused, as §4.2.4 advises,
/// and so is an empty host, which names no http resource (§4.2.1).
enum Authority {
    static func isValid(_ text: Bytes) -> Bool {
        guard !text.isEmpty else { return false }
        let end = text[0] == UInt8(ascii: "[") ? addressEnd(text) : nameEnd(text)
        guard let end else { return false }
        guard end < text.count else { return true }
        return text[end] == UInt8(ascii: ":") && isPort(text.dropFirst(end + 1))
    }

    /// `*DIGIT`: an empty port is the scheme's default.
    private static func isPort(_ text: Bytes) -> Bool {
        guard !text.isEmpty else { return true }
        guard let port = Grammar.decimal(text) else { return false }
        return port <= UInt64(UInt16.max)
    }

    /// The end of `[` IPv6 address `]`. Its digits are not counted: the server never dials it.
    private static func addressEnd(_ text: Bytes) -> Int? {
        guard let end = text.firstIndex(of: UInt8(ascii: "]")), end > 2 else { return nil }
        for index in 1..<end {
            let byte = text[index]
            let isPunctuation = byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
            guard isPunctuation || Grammar.hexValue(byte) != nil else { return nil }
        }
        return end + 1
    }

    /// The end of a registered name or an IPv4 address, which ends the text or stands before
    /// a colon (`reg-name`, RFC 3986 §3.2.2).
    private static func nameEnd(_ text: Bytes) -> Int? {
        var index = 0
        while index < text.count, text[index] != UInt8(ascii: ":") {
            if text[index] == UInt8(ascii: "%") {
                guard text.count - index > 2, Grammar.hexValue(text[index + 1]) != nil,
                    Grammar.hexValue(text[index + 2]) != nil
                else { return nil }
                index += 3
            } else {
                guard isNameByte(text[index]) else { return nil }
                index += 1
            }
        }
        return index > 0 ? index : nil
    }

    /// `unreserved / sub-delims`, without the comma: it would let two hosts pass for one.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"),
            UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"),
            UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: ";"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}
