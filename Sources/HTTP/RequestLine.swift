import Memory

/// `method SP request-target SP HTTP-version` (RFC 9112 §3), each part divided from the next
/// by exactly one space.
struct RequestLine {
    let method: HTTPMethod
    let target: RequestTarget
    let minorVersion: Int

    init(_ line: Bytes) throws(HTTPError) {
        guard !line.isEmpty else { throw .badRequest("The request line is missing.") }
        guard let first = line.firstIndex(of: Grammar.space),
            let second = line.dropFirst(first + 1).firstIndex(of: Grammar.space)
        else { throw .badRequest("The request line needs a method, a target and a version.") }
        let token = line.prefix(first)
        guard Grammar.isToken(token) else { throw .badRequest("The method is not a token.") }
        minorVersion = try Self.minorVersion(line.dropFirst(first + second + 2))
        guard let method = HTTPMethod(token) else {
            throw HTTPError(.notImplemented, "This method is not known to the server.")
        }
        self.method = method
        target = try RequestTarget(line[first + 1..<first + 1 + second], method: method)
    }

    /// `HTTP/` DIGIT `.` DIGIT, case-sensitive (RFC 9112 §2.3).
    private static func minorVersion(_ version: Bytes) throws(HTTPError) -> Int {
        let zero = UInt8(ascii: "0")
        guard version.count == 8, version.starts(with: "HTTP/"), version[6] == UInt8(ascii: "."),
            version[5] &- zero <= 9, version[7] &- zero <= 9
        else { throw .badRequest("The HTTP version is malformed.") }
        guard version[5] - zero == 1 else {
            throw HTTPError(.httpVersionNotSupported, "Only HTTP/1.1 and HTTP/1.0 are spoken here.")
        }
        return version[7] == zero ? 0 : 1
    }
}
