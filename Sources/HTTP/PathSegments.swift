import Memory

/// The segments of a path, still encoded. One slash at the end is tolerated; two in a row
/// hold an empty segment between them, which no route has.
public struct PathSegments {
    private var rest: Bytes

    public init(_ path: Bytes) {
        rest = path.starts(with: "/") ? path.dropFirst(1) : path
    }

    public mutating func next() -> Bytes? {
        guard !rest.isEmpty else { return nil }
        let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.count
        let segment = rest.prefix(end)
        rest = rest.dropFirst(min(end + 1, rest.count))
        return segment
    }
}
