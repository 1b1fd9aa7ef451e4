import HTTP
import Memory

/// A set of methods, as `Allow` lists it. OPTIONS works everywhere.
struct MethodSet: OptionSet {
    let rawValue: UInt8

    static let get = MethodSet(rawValue: 1)
    static let head = MethodSet(rawValue: 32)
    static let getAndHead: MethodSet = [.get, .head]
    static let post = MethodSet(rawValue: 2)
    static let put = MethodSet(rawValue: 4)
    static let patch = MethodSet(rawValue: 8)
    static let delete = MethodSet(rawValue: 16)
    static let all: MethodSet = [.getAndHead, .post, .put, .patch, .delete]

    func allows(_ method: HTTPMethod) -> Bool {
        switch method {
        case .get: contains(.get)
        case .head: contains(.head)
        case .post: contains(.post)
        case .put: contains(.put)
        case .patch: contains(.patch)
        case .delete: contains(.delete)
        case .options: true
        }
    }

    /// Appends the field `Allow` (RFC 9110 §10.2.1).
    func writeField(into out: inout ByteWriter) {
        out.append("Allow: OPTIONS")
        if contains(.get) { out.append(", GET") }
        if contains(.head) { out.append(", HEAD") }
        if contains(.post) { out.append(", POST") }
        if contains(.put) { out.append(", PUT") }
        if contains(.patch) { out.append(", PATCH") }
        if contains(.delete) { out.append(", DELETE") }
        out.append("\r\n")
    }
}
