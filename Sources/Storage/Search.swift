import Memory

/// A search as a member types it, turned into two expressions of SQLite's FTS5: what must
/// be there (any one of it) and what must not.
///
/// `word`, `"a phrase"`, `-word` and `-"a phrase"`; a quote that is not closed reaches to the
/// end. Every term goes into FTS5 as a quoted string joined with OR, and a quoted string
/// cannot hold a quote, since quotes end terms: so no input is a syntax error or
/// reaches FTS5's own operators.
struct SearchQuery: ~Copyable {
    /// A term that would make an expression longer is left out, with all that follow it:
    /// each word costs memory and time while the search runs.
    private static let expressionBytesMax = 256
    static let bytes = 2 * expressionBytesMax

    private var wanted = ByteWriter(.allocate(expressionBytesMax))
    private var unwanted = ByteWriter(.allocate(expressionBytesMax))

    /// Empty if nothing is asked for.
    var wantedExpression: Bytes { wanted.bytes }
    /// Empty if nothing is excluded.
    var unwantedExpression: Bytes { unwanted.bytes }

    mutating func parse(_ query: Bytes) {
        wanted.removeAll()
        unwanted.removeAll()
        var rest = query
        while let first = rest.firstIndex(where: { !isSeparator($0) }) {
            rest = rest.dropFirst(first)
            let isNegative = rest[0] == UInt8(ascii: "-")
            if isNegative { rest = rest.dropFirst(1) }
            let term = Self.takeTerm(from: &rest)
            if term.isEmpty { continue }
            let fits = isNegative ? unwanted.append(term: term) : wanted.append(term: term)
            guard fits else { return }
        }
    }

    /// A phrase up to its closing quote, or a word up to a separator or quote.
    private static func takeTerm(from rest: inout Bytes) -> Bytes {
        guard !rest.isEmpty else { return .empty }
        if rest[0] == UInt8(ascii: "\"") {
            let inside = rest.dropFirst(1)
            let end = inside.firstIndex(of: UInt8(ascii: "\"")) ?? inside.count
            rest = inside.dropFirst(min(end + 1, inside.count))
            return inside.prefix(end)
        }
        let end = rest.firstIndex { isSeparator($0) || $0 == UInt8(ascii: "\"") } ?? rest.count
        defer { rest = rest.dropFirst(end) }
        return rest.prefix(end)
    }
}

/// White space and control characters.
private func isSeparator(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == 0x7F }

extension ByteWriter {
    /// False, and nothing appended, if the term does not fit.
    fileprivate mutating func append(term: Bytes) -> Bool {
        let mark = count
        if mark > 0 { append(" OR ") }
        append("\"")
        for index in 0..<term.count {
            // FTS5 reads expressions up to a zero byte.
            append(term[index] == 0 ? UInt8(ascii: " ") : term[index])
        }
        append("\"")
        guard overflowed else { return true }
        rewind(to: mark)
        return false
    }
}

extension Bytes {
    fileprivate func firstIndex(where condition: (UInt8) -> Bool) -> Int? {
        for index in 0..<count where condition(base[index]) { return index }
        return nil
    }
}
