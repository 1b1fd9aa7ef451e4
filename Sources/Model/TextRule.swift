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
        var scalars = ScalarReader(text)
        var count = 0
        var firstIsSpace = false
        var lastIsSpace = false
        var isBlank = true
        while let scalar = scalars.next() {
            if isControl(scalar), !(allowsLineEnds && isTabOrLineEnd(scalar)) {
                return .controlCharacter
            }
            lastIsSpace = isWhitespace(scalar)
            if count == 0 { firstIsSpace = lastIsSpace }
            isBlank = isBlank && lastIsSpace
            count += 1
            if count > scalarsMax { return .tooLong }
        }
        switch whitespace {
        case .optionalParagraphs: return nil
        case .paragraphs: return count == 0 ? .tooShort : isBlank ? .blank : nil
        case .trimmedLine:
            if count == 0 { return .tooShort }
            if isBlank { return .blank }
            return firstIsSpace || lastIsSpace ? .untrimmed : nil
        }
    }

    private var allowsLineEnds: Bool {
        switch whitespace {
        case .trimmedLine: false
        case .paragraphs, .optionalParagraphs: true
        }
    }
}

/// Unicode's general category Cc.
private func isControl(_ scalar: UInt32) -> Bool {
    scalar < 0x20 || (scalar >= 0x7F && scalar <= 0x9F)
}

private func isTabOrLineEnd(_ scalar: UInt32) -> Bool {
    scalar == 0x09 || scalar == 0x0A || scalar == 0x0D
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

/// Walks the scalar values of text that is known to be valid UTF-8.
private struct ScalarReader {
    private let text: Bytes
    private var offset = 0

    init(_ text: Bytes) { self.text = text }

    mutating func next() -> UInt32? {
        guard offset < text.count else { return nil }
        let lead = text[offset]
        let length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        var scalar = length == 1 ? UInt32(lead) : UInt32(lead) & (0x7F >> UInt32(length))
        for index in 1..<max(length, 1) { scalar = scalar << 6 | UInt32(text[offset + index] & 0x3F) }
        offset += length
        return scalar
    }
}
