import Memory

/// Cuts the lines of a request head out of bytes that are still arriving. Each byte is judged
/// when it is seen, so that what cannot be HTTP is refused without waiting for a line's end.
struct LineScanner {
    /// Where the present line begins.
    private(set) var lineStart: UInt32 = 0
    /// Everything before this offset has been judged and does not end the present line.
    private var scanned: UInt32 = 0

    /// The next line without its CRLF, nil if its end is yet to come.
    mutating func next(in bytes: Bytes) throws(HTTPError) -> Bytes? {
        skipLeadingEmptyLine(bytes)
        let start = Int(lineStart)
        var index = Int(scanned)
        defer { scanned = UInt32(index) }
        while index < bytes.count {
            let byte = bytes[index]
            if byte == Grammar.carriageReturn {
                guard index + 1 < bytes.count else { return nil }
                guard bytes[index + 1] == Grammar.lineFeed else {
                    throw .badRequest("A carriage return stands alone in the head.")
                }
                let line = bytes[start..<index]
                index += 2
                lineStart = UInt32(index)
                return line
            }
            guard isInRequestLine ? Grammar.isRequestLineText(byte) : Grammar.isFieldText(byte)
            else { throw refusal(of: byte, at: index) }
            index += 1
        }
        return nil
    }

    /// A request line has at least 14 bytes, so that no later line begins this early.
    var isInRequestLine: Bool { lineStart <= 2 }

    /// One empty line before a request is forgiven (RFC 9112 §2.2).
    private mutating func skipLeadingEmptyLine(_ bytes: Bytes) {
        guard scanned == 0, bytes.starts(with: "\r\n") else { return }
        lineStart = 2
        scanned = 2
    }

    private func refusal(of byte: UInt8, at index: Int) -> HTTPError {
        if byte == 0x16, index == 0 {
            return .badRequest("This looks like TLS, but this port speaks plain HTTP.")
        }
        if byte == Grammar.lineFeed {
            return .badRequest("A line of the head ends without a carriage return.")
        }
        return .badRequest(
            isInRequestLine
                ? "The request line holds a control or non-ASCII character."
                : "A header field holds a control character.")
    }
}
