import Memory

/// The elements of a comma-separated field value, white space trimmed and empty elements
/// skipped (RFC 9110 §5.6.1). Commas inside quoted strings divide as well: none of the lists
/// read here may hold such strings.
struct ListElements {
    private var rest: Bytes

    init(_ value: Bytes) {
        rest = value
    }

    mutating func next() -> Bytes? {
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? rest.count
            let element = rest.prefix(end).trimmed
            rest = rest.dropFirst(min(end + 1, rest.count))
            if !element.isEmpty { return element }
        }
        return nil
    }

    static func of(_ value: Bytes, contain token: StaticString) -> Bool {
        var elements = ListElements(value)
        while let element = elements.next() {
            if element.equalsIgnoringCase(token) { return true }
        }
        return false
    }
}
