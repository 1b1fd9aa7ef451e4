import Memory

/// What a piece of text that a client sends must be. Lengths are Unicode scalar values.
public struct TextRule: Sendable {
    public enum Whitespace: Sendable {
        /// A name: one line, not blank, nothing invisible at its ends.
        case trimmedLine
        /// A message: tabs and line ends are fine, only white space is not.
        case paragraphs
        /// A description: like a message, but may be empty.
        case optionalParagraphs
    }

    public enum Violation {
        case tooShort, tooLong, blank, untrimmed, controlCharacter, notUTF8

        public var explanation: StaticString {
            switch self {
            case .tooShort: "must not be empty"
            case .tooLong: "is too long"
            case .blank: "must not be blank"
            case .untrimmed: "must not begin or end with white space"
            case .controlCharacter: "must not contain control characters"
            case .notUTF8: "must be valid UTF-8"
            }
        }
    }

    public let scalarsMax: Int
    public let whitespace: Whitespace

    public init(scalarsMax: Int, whitespace: Whitespace) {
        self.scalarsMax = scalarsMax
        self.whitespace = whitespace
    }

    /// nil if `text` keeps the rule.
    public func violation(in text: Bytes) -> Violation? {
        guard UTF8Validator.isValid(text) else { return .notUTF8 }
        if hasControlCharacter(text) { return .controlCharacter }
        // No text has more scalar values than bytes.
        if text.count > scalarsMax, scalarCount(text) > scalarsMax { return .tooLong }
        switch whitespace {
        case .optionalParagraphs: return nil
        case .paragraphs: return text.isEmpty ? .tooShort : isBlank(text) ? .blank : nil
        case .trimmedLine:
            if text.isEmpty { return .tooShort }
            if isBlank(text) { return .blank }
            return isWhitespace(firstScalar(text)) || isWhitespace(lastScalar(text)) ? .untrimmed : nil
        }
    }

    /// Whether there is one of Unicode's general category Cc that the rule does not allow.
    private func hasControlCharacter(_ text: Bytes) -> Bool {
        var index = 0
        while true {
            index = text.firstIndex(from: index) { word in
                word.marks(below: 0x20) | word.marks(of: 0x7F) | word.marks(of: 0xC2)
            }
            guard index < text.count else { return false }
            if text[index] == 0xC2, text[index + 1] > 0x9F {
                index += 2
            } else if allowsLineEnds, isTabOrLineEnd(text[index]) {
                index += 1
            } else {
                return true
            }
        }
    }

    private var allowsLineEnds: Bool {
        switch whitespace {
        case .trimmedLine: false
        case .paragraphs, .optionalParagraphs: true
        }
    }
}

private func isTabOrLineEnd(_ byte: UInt8) -> Bool {
    byte == 0x09 || byte == 0x0A || byte == 0x0D
}

/// Unicode's property White_Space.
private func isWhitespace(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F,
        0x3000:
        true
    default: false
    }
}

extension Bytes {
    /// Without white space (Unicode's) at either end; what is no UTF-8 is left as it is.
    public var withoutBlankEnds: Bytes {
        guard UTF8Validator.isValid(self) else { return self }
        var rest = self
        while !rest.isEmpty, isWhitespace(firstScalar(rest)) {
            rest = rest.dropFirst(sequenceLength(rest[0]))
        }
        while !rest.isEmpty, isWhitespace(lastScalar(rest)) {
            var end = rest.count - 1
            while rest[end] & 0xC0 == 0x80 { end -= 1 }
            rest = rest.prefix(end)
        }
        return rest
    }
}

// What follows is about text that is known to be valid UTF-8.

/// Each scalar value has one byte that continues none.
private func scalarCount(_ text: Bytes) -> Int {
    var continuations = 0
    text.forEachWord { word in
        continuations += (word & ~(word << 1) & UInt(everyByte: 0x80)).nonzeroBitCount
    }
    return text.count - continuations
}

private func isBlank(_ text: Bytes) -> Bool {
    var rest = text
    while !rest.isEmpty {
        guard isWhitespace(firstScalar(rest)) else { return false }
        rest = rest.dropFirst(sequenceLength(rest[0]))
    }
    return true
}

private func firstScalar(_ text: Bytes) -> UInt32 {
    let length = sequenceLength(text[0])
    var scalar = length == 1 ? UInt32(text[0]) : UInt32(text[0]) & (0x7F >> UInt32(length))
    for index in 1..<length { scalar = scalar << 6 | UInt32(text[index] & 0x3F) }
    return scalar
}

private func lastScalar(_ text: Bytes) -> UInt32 {
    var start = text.count - 1
    while text[start] & 0xC0 == 0x80 { start -= 1 }
    return firstScalar(text.dropFirst(start))
}

/// Bytes of the sequence that this byte leads.
private func sequenceLength(_ lead: UInt8) -> Int {
    lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
}
