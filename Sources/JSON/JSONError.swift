/// Why a text is not taken as JSON (RFC 8259).
public enum JSONError: Error, Equatable {
    /// The text stops inside a value, or holds none at all.
    case unexpectedEnd
    /// A byte that the grammar does not allow where it stands.
    case unexpectedByte
    /// A string holds bytes that are not UTF-8 (RFC 3629).
    case invalidUTF8
    /// A backslash that no known escape follows.
    case invalidEscape
    /// Half of a UTF-16 surrogate pair, which is no character.
    case loneSurrogate
    /// A byte below 20 hexadecimal stands unescaped in a string.
    case controlCharacter
    /// A digit is missing in a number, or one follows a leading zero.
    case invalidNumber
    /// More containers are nested than the reader's limit allows.
    case tooDeep
    /// Something other than white space follows the value.
    case trailingData

    /// One phrase for the message that the sender of the text gets.
    public var description: StaticString {
        switch self {
        case .unexpectedEnd: return "the JSON text ends too early"
        case .unexpectedByte: return "the JSON text has a byte where none like it may stand"
        case .invalidUTF8: return "a JSON string is not valid UTF-8"
        case .invalidEscape: return "a JSON string has an unknown escape"
        case .loneSurrogate: return "a JSON string has half a surrogate pair"
        case .controlCharacter: return "a JSON string has an unescaped control character"
        case .invalidNumber: return "a JSON number is malformed"
        case .tooDeep: return "the JSON text is nested too deeply"
        case .trailingData: return "something follows the JSON value"
        }
    }
}

public enum JSONLimits {
    /// Containers open at once: one bit each in the word that `Nesting` keeps.
    public static let depthMax = 64
}
