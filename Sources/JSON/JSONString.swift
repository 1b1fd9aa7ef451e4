import Memory

/// A string of a checked text, borrowed from it.
public struct JSONString {
    /// What stands between the quotes: valid UTF-8 in which every escape is right.
    public let raw: Bytes
    /// False if `raw` is the string's text as it is.
    public let hasEscapes: Bool

    init(raw: Bytes, hasEscapes: Bool) {
        self.raw = raw
        self.hasEscapes = hasEscapes
    }

    /// Bytes of the decoded text, never more than `raw` has.
    public var decodedCount: Int {
        guard hasEscapes else { return raw.count }
        var count = 0
        var pieces = Pieces(raw)
        while let piece = pieces.next() {
            switch piece {
            case .run(let run): count += run.count
            case .scalar(let scalar): count += UTF8.width(scalar)
            }
        }
        return count
    }

    /// Appends the text, as UTF-8; `\u0000` becomes a zero byte. Room for `raw.count`
    /// bytes is always enough; the writer says if it had too little.
    public func decode(into writer: inout ByteWriter) {
        guard hasEscapes else {
            writer.append(raw)
            return
        }
        var pieces = Pieces(raw)
        while let piece = pieces.next() {
            switch piece {
            case .run(let run): writer.append(run)
            case .scalar(let scalar):
                for byte in UTF8.encode(scalar)! { writer.append(byte) }
            }
        }
    }

    /// True if the decoded text is the literal's.
    @inline(__always)
    public func equals(_ text: StaticString) -> Bool {
        hasEscapes ? decodesTo(text) : raw == text
    }

    private func decodesTo(_ text: StaticString) -> Bool {
        var rest = Bytes(text)
        var pieces = Pieces(raw)
        while let piece = pieces.next() {
            switch piece {
            case .run(let run):
                guard rest.count >= run.count, rest.prefix(run.count) == run else { return false }
                rest = rest.dropFirst(run.count)
            case .scalar(let scalar):
                for byte in UTF8.encode(scalar)! {
                    guard !rest.isEmpty, rest[0] == byte else { return false }
                    rest = rest.dropFirst(1)
                }
            }
        }
        return rest.isEmpty
    }

    /// Lets a `switch` over a name list the names that are known.
    @inline(__always)
    public static func ~= (pattern: StaticString, value: JSONString) -> Bool {
        value.equals(pattern)
    }
}

/// The decoded text of a checked string, piece by piece.
private struct Pieces {
    enum Piece {
        /// Bytes that stand for themselves.
        case run(Bytes)
        /// What an escape stands for.
        case scalar(Unicode.Scalar)
    }

    private var reader: JSONReader

    init(_ raw: Bytes) { reader = JSONReader(raw) }

    mutating func next() -> Piece? {
        let rest = reader.input.dropFirst(reader.offset)
        guard !rest.isEmpty else { return nil }
        let length = rest.firstIndex(of: UInt8(ascii: "\\")) ?? rest.count
        guard length == 0 else {
            reader.offset += length
            return .run(rest.prefix(length))
        }
        do {
            return .scalar(try reader.readEscape())
        } catch {
            preconditionFailure("escapes are checked before a JSONString exists")
        }
    }
}
