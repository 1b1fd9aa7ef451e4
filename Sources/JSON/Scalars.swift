import Memory

// The values that hold no others: RFC 8259 §3 (literals), §6 (numbers), §7 (strings).

extension JSONReader {
    mutating func readScalar() throws(JSONError) -> JSONValue {
        switch try peek() {
        case UInt8(ascii: "\""): return .string(try readString())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return .number(try readNumber())
        case UInt8(ascii: "t"):
            try expect("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try expect("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try expect("null")
            return .null
        default: throw .unexpectedByte
        }
    }

    private mutating func expect(_ literal: StaticString) throws(JSONError) {
        let letters = Bytes(literal)
        for index in 0..<letters.count { try expect(letters[index]) }
    }

    mutating func readString() throws(JSONError) -> JSONString {
        try expect(UInt8(ascii: "\""))
        let start = offset
        offset = input.firstSpecial(from: start)
        let isPlain = try peek() == UInt8(ascii: "\"")
        let hasEscapes = isPlain ? false : try skipSpecials()
        let raw = input[start..<offset]
        offset &+= 1
        return JSONString(raw: raw, hasEscapes: hasEscapes)
    }

    /// Goes on to the quote that ends a string; true if there are escapes before it. Most strings
    /// are plain, and need none of this.
    @inline(never)
    private mutating func skipSpecials() throws(JSONError) -> Bool {
        var hasEscapes = false
        while true {
            switch try peek() {
            case UInt8(ascii: "\""): return hasEscapes
            case UInt8(ascii: "\\"):
                hasEscapes = true
                _ = try readEscape()
            case 0x80...0xFF: try checkNonASCII()
            default: throw .controlCharacter
            }
            offset = input.firstSpecial(from: offset)
        }
    }

    /// A character beyond ASCII has no ASCII byte in it, so each run of other bytes is
    /// valid UTF-8 or not by itself.
    private mutating func checkNonASCII() throws(JSONError) {
        let end = input.endOfNonASCII(from: offset)
        guard UTF8Validator.isValid(input[offset..<end]) else { throw .invalidUTF8 }
        offset = end
    }

    private mutating func readNumber() throws(JSONError) -> JSONNumber {
        let start = offset
        _ = take(UInt8(ascii: "-"))
        if take(UInt8(ascii: "0")) {
            guard !isAtDigit else { throw .invalidNumber }
        } else {
            try skipDigits()
        }
        if take(UInt8(ascii: ".")) { try skipDigits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            try skipDigits()
        }
        return JSONNumber(raw: input[start..<offset])
    }

    /// One digit at least.
    private mutating func skipDigits() throws(JSONError) {
        let end = input.endOfDigits(from: offset)
        guard end > offset else { throw offset < input.count ? .invalidNumber : .unexpectedEnd }
        offset = end
    }

    private var isAtDigit: Bool {
        offset < input.count && input[offset] &- UInt8(ascii: "0") <= 9
    }
}
