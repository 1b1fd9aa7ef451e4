import Memory

/// The `name=value` pairs of a query, in order and still encoded. Empty pieces between `&`
/// are skipped; a piece without `=` is a name whose value is empty.
public struct QueryParameters {
    private var rest: Bytes

    public init(_ query: Bytes) {
        rest = query
    }

    public mutating func next() -> (name: Bytes, value: Bytes)? {
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "&")) ?? rest.count
            let piece = rest.prefix(end)
            rest = rest.dropFirst(min(end + 1, rest.count))
            guard !piece.isEmpty else { continue }
            guard let equals = piece.firstIndex(of: UInt8(ascii: "=")) else {
                return (piece, .empty)
            }
            return (piece.prefix(equals), piece.dropFirst(equals + 1))
        }
        return nil
    }
}
