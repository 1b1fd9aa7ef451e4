import Memory

/// Why the server refused a request, in the words of the command line: its own sentences begin with
/// the names of its interface.
public enum Refusal {
    private static let words: [(StaticString, StaticString)] = [
        ("newPassword ", "the password "), ("password ", "the password "), ("content ", "the text "),
        ("uses ", "--uses "), ("validForSeconds ", "--for, in seconds, "),
    ]

    /// - Parameter passwordBytes: how long one may be.
    public static func write(
        _ message: Bytes, passwordBytes: ClosedRange<Int>, into out: TextBuffer
    ) {
        let found = words.first { message.starts(with: $0.0) }
        guard let (name, word) = found else { return out.append(message) }
        out.append(word)
        out.append(message.dropFirst(name.utf8CodeUnitCount))
        guard Bytes(word) == "the password " else { return }
        out.append(": it takes ")
        out.append(Int64(passwordBytes.lowerBound))
        out.append(" to ")
        out.append(Int64(passwordBytes.upperBound))
        out.append(" bytes")
    }
}
