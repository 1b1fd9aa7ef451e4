import Memory

// Escapes in strings, RFC 8259 §7. The same code checks them and decodes them.

extension JSONReader {
    /// The character that an escape stands for; `offset` is at its backslash.
    mutating func readEscape() throws(JSONError) -> Unicode.Scalar {
        try expect(UInt8(ascii: "\\"))
        let letter = try peek()
        offset += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
            return Unicode.Scalar(letter)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try readUnicodeEscape()
        default: throw .invalidEscape
        }
    }

    /// Four digits, or twice four with `\u` between for a character past U+FFFF, which
    /// is written as its two UTF-16 surrogates.
    private mutating func readUnicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let first = try readCodeUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00 else { throw .loneSurrogate }
        try expectSecondHalf(UInt8(ascii: "\\"))
        try expectSecondHalf(UInt8(ascii: "u"))
        let second = try readCodeUnit()
        guard (0xDC00...0xDFFF).contains(second) else { throw .loneSurrogate }
        let value = 0x10000 + (UInt32(first - 0xD800) << 10 | UInt32(second - 0xDC00))
        guard let scalar = Unicode.Scalar(value) else { throw .loneSurrogate }
        return scalar
    }

    private mutating func expectSecondHalf(_ byte: UInt8) throws(JSONError) {
        guard try peek() == byte else { throw .loneSurrogate }
        offset += 1
    }

    /// Four hexadecimal digits of either case.
    private mutating func readCodeUnit() throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch lowercased(try peek()) {
            case let byte where byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"):
                digit = byte - UInt8(ascii: "0")
            case let byte where byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "f"):
                digit = byte - UInt8(ascii: "a") + 10
            default: throw .invalidEscape
            }
            unit = unit << 4 | UInt16(digit)
            offset += 1
        }
        return unit
    }
}
