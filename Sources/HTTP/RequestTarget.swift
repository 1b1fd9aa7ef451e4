import Memory

/// The request target in one of the forms an origin server takes: origin-form, absolute-form,
/// and asterisk-form for OPTIONS (RFC 9112 §3.2).
struct RequestTarget {
    let path: Bytes
    let query: Bytes
    /// Host and port of an absolute target, which outweigh the Host field (RFC 9112 §3.2.2).
    let authority: Bytes?

    init(_ target: Bytes, method: HTTPMethod) throws(HTTPError) {
        guard !target.isEmpty else { throw .badRequest("The request target is empty.") }
        guard target.firstIndex(of: UInt8(ascii: "#")) == nil else {
            throw .badRequest("A fragment is not part of a request target.")
        }
        if target[0] == UInt8(ascii: "/") {
            (path, query) = Self.split(target)
            authority = nil
        } else if target == "*" {
            guard method == .options else {
                throw .badRequest("The target * is for OPTIONS alone.")
            }
            (path, query, authority) = (target, .empty, nil)
        } else {
            let rest = try Self.afterScheme(target)
            let end = Self.authorityEnd(rest)
            guard Authority.isValid(rest.prefix(end)) else {
                throw .badRequest("The request target's authority is invalid.")
            }
            authority = rest.prefix(end)
            let (path, query) = Self.split(rest.dropFirst(end))
            self.path = path.isEmpty ? Bytes("/") : path
            self.query = query
        }
    }

    private static func split(_ target: Bytes) -> (path: Bytes, query: Bytes) {
        guard let mark = target.firstIndex(of: UInt8(ascii: "?")) else { return (target, .empty) }
        return (target.prefix(mark), target.dropFirst(mark + 1))
    }

    private static func afterScheme(_ target: Bytes) throws(HTTPError) -> Bytes {
        if target.count >= 7, target.prefix(7).equalsIgnoringCase("http://") {
            return target.dropFirst(7)
        }
        if target.count >= 8, target.prefix(8).equalsIgnoringCase("https://") {
            return target.dropFirst(8)
        }
        throw .badRequest("The request target is neither a path nor an http or https URI.")
    }

    private static func authorityEnd(_ text: Bytes) -> Int {
        for index in 0..<text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") { return index }
        }
        return text.count
    }
}
