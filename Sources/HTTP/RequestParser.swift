import Memory

/// Reads the head of a request from bytes that arrive in any pieces (RFC 9112 §2–§7).
///
/// Only offsets are kept between calls, so the bytes may move, but they must start at the
/// request's first byte and only grow. A head is a pure function of its bytes: whenever a
/// line has ended, all lines so far are read again from the first. That makes the result
/// independent of how the bytes were split, needs no state but the scanner's, and costs
/// nothing in the usual case, where a head arrives whole.
public struct RequestParser {
    /// More field lines than this are answered 431.
    public static let fieldsMax = 64

    private let headBytesMax: UInt32
    private var scanner = LineScanner()

    /// - Parameter headBytesMax: the largest head, its empty line included.
    public init(headBytesMax: Int) {
        precondition(headBytesMax > 0 && headBytesMax <= Int(Int32.max))
        self.headBytesMax = UInt32(headBytesMax)
    }

    /// The head and how many bytes it took, or nil if more bytes are needed. Every complete
    /// line is judged at once. After a head or an error, the parser is to be made anew.
    public mutating func parse(
        _ bytes: Bytes
    ) throws(HTTPError) -> (head: RequestHead, length: Int)? {
        let window = bytes.prefix(min(bytes.count, Int(headBytesMax)))
        if try scanner.next(in: window) != nil {
            if let result = try parseLines(window) { return result }
        }
        guard bytes.count < Int(headBytesMax) else { throw tooLong(window) }
        return nil
    }

    private mutating func parseLines(
        _ window: Bytes
    ) throws(HTTPError) -> (head: RequestHead, length: Int)? {
        scanner = LineScanner()
        guard let requestLine = try scanner.next(in: window) else { return nil }
        var builder = RequestHeadBuilder(try RequestLine(requestLine))
        while let line = try scanner.next(in: window) {
            if line.isEmpty { return (try builder.finish(), Int(scanner.lineStart)) }
            try builder.add(line)
        }
        return nil
    }

    private func tooLong(_ window: Bytes) -> HTTPError {
        guard scanner.isInRequestLine else {
            return HTTPError(.requestHeaderFieldsTooLarge, "The request head is too large.")
        }
        // RFC 9112 §3: a method longer than any known is 501, a target too long is 414.
        return window.firstIndex(of: Grammar.space) == nil
            ? HTTPError(.notImplemented, "This method is not known to the server.")
            : HTTPError(.uriTooLong, "The request target is too long.")
    }
}
