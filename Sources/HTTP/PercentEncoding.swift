import Memory

/// RFC 3986 §2.1.
public enum PercentEncoding {
    /// Appends `text` decoded. False for a `%` without two hexadecimal digits, and if `out`
    /// is too small. The result may hold any byte, NUL included, and need not be UTF-8.
    /// - Parameter plusIsSpace: `+` stands for a space, as in the queries that HTML forms make.
    public static func decode(
        _ text: Bytes, plusIsSpace: Bool, into out: inout ByteWriter
    ) -> Bool {
        var index = 0
        while index < text.count {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: "+"), plusIsSpace {
                out.append(Grammar.space)
            } else if byte == UInt8(ascii: "%") {
                guard text.count - index >= 2, let high = Grammar.hexValue(text[index]),
                    let low = Grammar.hexValue(text[index + 1])
                else { return false }
                out.append(high << 4 | low)
                index += 2
            } else {
                out.append(byte)
            }
        }
        return !out.overflowed
    }
}
