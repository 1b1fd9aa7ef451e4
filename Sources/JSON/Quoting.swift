import Memory

extension ByteWriter {
    /// A text in quotes, with what RFC 8259 §7 demands to be escaped; all between two
    /// escapes is copied at once.
    mutating func appendQuoted(_ text: Bytes) {
        append(UInt8(ascii: "\""))
        var copied = 0
        var index = text.firstSpecial(from: 0)
        while index < text.count {
            let end = text.endOfNonASCII(from: index)
            if end == index {
                append(text[copied..<index])
                appendEscape(text[index])
                index += 1
                copied = index
            } else {
                if !UTF8Validator.isValid(text[index..<end]) {
                    append(text[copied..<index])
                    appendRepaired(text[index..<end])
                    copied = end
                }
                index = end
            }
            index = text.firstSpecial(from: index)
        }
        append(text.dropFirst(copied))
        append(UInt8(ascii: "\""))
    }

    private mutating func appendEscape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case 0x08: append("\\b")
        case 0x09: append("\\t")
        case 0x0A: append("\\n")
        case 0x0C: append("\\f")
        case 0x0D: append("\\r")
        default:
            append("\\u")
            appendHex(UInt64(byte), digits: 4)
        }
    }

    /// Bytes outside ASCII that are not UTF-8: each that belongs to no character becomes
    /// U+FFFD, the characters among them stay.
    private mutating func appendRepaired(_ run: Bytes) {
        var rest = run
        while !rest.isEmpty {
            let length = Self.characterLength(rest)
            if length > 0 { append(rest.prefix(length)) } else { append("\u{FFFD}") }
            rest = rest.dropFirst(max(length, 1))
        }
    }

    /// Bytes of the character that begins a run without ASCII: the shortest beginning
    /// that is valid, 0 if none is.
    private static func characterLength(_ run: Bytes) -> Int {
        for length in 2...4 where length <= run.count {
            if UTF8Validator.isValid(run.prefix(length)) { return length }
        }
        return 0
    }
}
