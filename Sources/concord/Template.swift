import Memory

/// A text in which `{{name}}` stands for what is known only when the server starts.
struct Template {
    private static let valueBytesMax = 8_192

    let text: Bytes

    /// The text with each name replaced by what `write` appends for it, in memory that lives as
    /// long as the process.
    func filled(_ write: (_ name: Bytes, _ out: inout ByteWriter) -> Void) -> Bytes {
        var out = ByteWriter(.allocate(text.count + Template.valueBytesMax))
        var rest = text
        while let start = position(of: "{{", in: rest) {
            out.append(rest.prefix(start))
            rest = rest.dropFirst(start + 2)
            let end = position(of: "}}", in: rest) ?? rest.count
            write(rest.prefix(end), &out)
            rest = rest.dropFirst(min(end + 2, rest.count))
        }
        out.append(rest)
        precondition(!out.overflowed)
        return out.bytes
    }

    private func position(of mark: StaticString, in text: Bytes) -> Int? {
        let count = mark.utf8CodeUnitCount
        guard text.count >= count else { return nil }
        for index in 0...text.count - count where text[index..<index + count] == mark {
            return index
        }
        return nil
    }
}

extension ByteWriter {
    /// Appends a text as HTML and XML have it.
    mutating func appendEscaped(_ text: Bytes) {
        for index in 0..<text.count {
            switch text[index] {
            case UInt8(ascii: "&"): append("&amp;")
            case UInt8(ascii: "<"): append("&lt;")
            case UInt8(ascii: ">"): append("&gt;")
            case UInt8(ascii: "\""): append("&quot;")
            default: append(text[index])
            }
        }
    }
}
