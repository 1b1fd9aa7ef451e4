import Memory

/// Gathers a head from its field lines, and refuses those that contradict what came before.
struct RequestHeadBuilder {
    private var head: RequestHead
    private var hostField: Bytes?
    private var fieldCount = 0
    private var asksToClose = false
    private var asksToKeepAlive = false

    init(_ line: RequestLine) {
        head = RequestHead(line)
    }

    /// Takes one field line, without its CRLF (RFC 9112 §5).
    mutating func add(_ line: Bytes) throws(HTTPError) {
        fieldCount += 1
        guard fieldCount <= RequestParser.fieldsMax else {
            throw HTTPError(.requestHeaderFieldsTooLarge, "There are too many header fields.")
        }
        guard !isBlank(line[0]) else {
            throw .badRequest("A header line begins with white space.")
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            throw .badRequest("A header field has no colon.")
        }
        let name = line.prefix(colon)
        guard Grammar.isToken(name) else { throw .badRequest("A header field's name is invalid.") }
        try add(name, line.dropFirst(colon + 1).trimmed)
    }

    /// Ends the head at its empty line.
    mutating func finish() throws(HTTPError) -> RequestHead {
        guard hostField != nil || head.minorVersion == 0 else {
            throw .badRequest("The Host field is missing.")
        }
        if head.host == nil { head.host = hostField }
        head.keepAlive = !asksToClose && (head.minorVersion >= 1 || asksToKeepAlive)
        // RFC 9110 §10.1.1: HTTP/1.0 cannot expect, and without content nothing is held back.
        let hasContent = head.body != .none && head.body != .length(0)
        head.expectsContinue = head.expectsContinue && head.minorVersion >= 1 && hasContent
        return head
    }

    private mutating func add(_ name: Bytes, _ value: Bytes) throws(HTTPError) {
        if name.equalsIgnoringCase("host") {
            try addHost(value)
        } else if name.equalsIgnoringCase("content-length") {
            try addContentLength(value)
        } else if name.equalsIgnoringCase("transfer-encoding") {
            try addTransferEncoding(value)
        } else if name.equalsIgnoringCase("connection") {
            addConnection(value)
        } else if name.equalsIgnoringCase("expect") {
            try addExpect(value)
        } else if name.equalsIgnoringCase("authorization") {
            try Self.setOnce(&head.authorization, value)
        } else if name.equalsIgnoringCase("content-type") {
            try Self.setOnce(&head.contentType, value)
        } else if name.equalsIgnoringCase("origin") {
            try Self.setOnce(&head.origin, value)
        } else if name.equalsIgnoringCase("sec-websocket-key") {
            try Self.setOnce(&head.secWebSocketKey, value)
        } else if name.equalsIgnoringCase("sec-websocket-version") {
            try Self.setOnce(&head.secWebSocketVersion, value)
        } else if name.equalsIgnoringCase("access-control-request-method") {
            try Self.setOnce(&head.accessControlRequestMethod, value)
        } else if name.equalsIgnoringCase("access-control-request-headers") {
            head.accessControlRequestHeaders = head.accessControlRequestHeaders ?? value
        } else if name.equalsIgnoringCase("upgrade") {
            head.upgrade = head.upgrade ?? value
        } else if name.equalsIgnoringCase("if-none-match") {
            head.ifNoneMatch = head.ifNoneMatch ?? value
        } else if name.equalsIgnoringCase("accept-encoding") {
            head.acceptEncoding = head.acceptEncoding ?? value
        }
    }

    private static func setOnce(_ field: inout Bytes?, _ value: Bytes) throws(HTTPError) {
        guard field == nil else {
            throw .badRequest("A header field that may stand once is repeated.")
        }
        field = value
    }

    private mutating func addHost(_ value: Bytes) throws(HTTPError) {
        try Self.setOnce(&hostField, value)
        guard Authority.isValid(value) else { throw .badRequest("The Host field is invalid.") }
    }

    /// Even equal lengths are refused when repeated (RFC 9112 §6.3 allows it).
    private mutating func addContentLength(_ value: Bytes) throws(HTTPError) {
        guard head.body == .none else {
            throw .badRequest("The length of the content is told more than once.")
        }
        guard let length = Grammar.decimal(value) else {
            throw .badRequest("Content-Length is not a number.")
        }
        head.body = .length(Int(clamping: length))
    }

    /// Only `chunked` is spoken; see RFC 9112 §6.1 for which refusal is due.
    private mutating func addTransferEncoding(_ value: Bytes) throws(HTTPError) {
        guard head.body == .none else {
            throw .badRequest("The length of the content is told more than once.")
        }
        guard head.minorVersion >= 1 else {
            throw .badRequest("HTTP/1.0 has no Transfer-Encoding.")
        }
        guard Self.isChunkedAlone(value) else {
            // With chunked in a wrong place, or no coding at all, the framing itself is broken.
            guard Grammar.isToken(value) || Self.endsInChunkedOnce(value) else {
                throw .badRequest("Transfer-Encoding is malformed.")
            }
            throw HTTPError(.notImplemented, "The only transfer coding known here is chunked.")
        }
        head.body = .chunked
    }

    /// Empty elements of a list are ignored (RFC 9110 §5.6.1.2).
    private static func isChunkedAlone(_ value: Bytes) -> Bool {
        var codings = ListElements(value)
        guard let first = codings.next(), first.equalsIgnoringCase("chunked") else { return false }
        return codings.next() == nil
    }

    private static func endsInChunkedOnce(_ value: Bytes) -> Bool {
        var codings = ListElements(value)
        var chunkedCount = 0
        var chunkedIsLast = false
        while let coding = codings.next() {
            guard Grammar.isToken(coding) else { return false }
            chunkedIsLast = coding.equalsIgnoringCase("chunked")
            chunkedCount += chunkedIsLast ? 1 : 0
        }
        return chunkedIsLast && chunkedCount == 1
    }

    private mutating func addConnection(_ value: Bytes) {
        var options = ListElements(value)
        while let option = options.next() {
            if option.equalsIgnoringCase("close") {
                asksToClose = true
            } else if option.equalsIgnoringCase("keep-alive") {
                asksToKeepAlive = true
            } else if option.equalsIgnoringCase("upgrade") {
                head.connectionHasUpgrade = true
            }
        }
    }

    private mutating func addExpect(_ value: Bytes) throws(HTTPError) {
        guard value.equalsIgnoringCase("100-continue") else {
            throw HTTPError(.expectationFailed, "The only expectation met here is 100-continue.")
        }
        head.expectsContinue = true
    }
}
