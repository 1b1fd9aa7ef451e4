import JSON
import Memory

/// A request to the server in its own language: HTTP/1.0, of which one connection takes one and
/// whose answer ends with it.
public struct ControlRequest {
    private let text = TextBuffer()

    public init(_ method: StaticString, _ path: ControlPath) {
        self.init(method, path, body: .empty)
    }

    /// - Parameter members: writes what stands between the body's braces.
    /// - Parameter textBytes: at least the bytes of all text in it, together.
    public init(
        _ method: StaticString, _ path: ControlPath, textBytes: Int,
        _ members: (inout JSONWriter) -> Void
    ) {
        // An escape makes six bytes of one.
        let memory = MutableBytes.allocate(6 * textBytes + 1_024)
        defer {
            for index in 0..<memory.count { memory[index] = 0 }
            memory.base.deallocate()
        }
        var json = JSONWriter(ByteWriter(memory))
        json.beginObject()
        members(&json)
        json.endObject()
        precondition(!json.overflowed)
        self.init(method, path, body: json.bytes)
    }

    private init(_ method: StaticString, _ path: ControlPath, body: Bytes) {
        text.append(method)
        text.append(" ")
        text.append(path.text.bytes)
        text.append(" HTTP/1.0\r\nHost: localhost\r\n")
        if !body.isEmpty {
            text.append("Content-Type: application/json\r\nContent-Length: ")
            text.append(Int64(body.count))
            text.append("\r\n")
        }
        text.append("\r\n")
        text.append(body)
    }

    public var bytes: Bytes { text.bytes }
}

/// An address of the server: literal pieces, ids, and text of which everything but letters and
/// digits is percent-encoded.
public struct ControlPath {
    fileprivate let text = TextBuffer()

    public init(_ start: StaticString) { text.append(start) }

    public init(_ start: StaticString, _ id: Int64, _ end: StaticString = "") {
        text.append(start)
        text.append(id)
        text.append(end)
    }

    public init(_ start: StaticString, encoding segment: Bytes) {
        text.append(start)
        for index in 0..<segment.count { appendEncoded(segment[index]) }
    }

    /// The same with a query.
    public func asking(_ name: StaticString, _ value: Int64) -> ControlPath {
        text.append("?")
        text.append(name)
        text.append("=")
        text.append(value)
        return self
    }

    private func appendEncoded(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            text.append(byte)
        default:
            let digits = Bytes("0123456789ABCDEF")
            text.append("%")
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
    }
}

/// A whole answer.
public struct ControlResponse {
    public let status: Int
    /// The body; `.null` where it is empty.
    public let value: JSONValue

    /// nil if it is not whole: the connection ended before its end. The text must outlive it.
    public init?(_ text: Bytes) {
        // HTTP/1.1 200 …
        guard text.count > 12, text.starts(with: "HTTP/1."),
            let status = decimalInteger(text[9..<12]), let end = ControlResponse.headEnd(text)
        else { return nil }
        self.status = Int(status)
        let body = text.dropFirst(end)
        let length = ControlResponse.length(text.prefix(end))
        guard length == nil || length == body.count else { return nil }
        guard !body.isEmpty else {
            value = .null
            return
        }
        var reader = JSONReader(body)
        guard let value = try? reader.readDocument() else { return nil }
        self.value = value
    }

    private static func headEnd(_ text: Bytes) -> Int? {
        guard text.count >= 4 else { return nil }
        for index in 0...text.count - 4 where text[index..<index + 4] == "\r\n\r\n" {
            return index + 4
        }
        return nil
    }

    private static func length(_ head: Bytes) -> Int? {
        var rest = head
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest.prefix(end).prefix(max(end - 1, 0))
            rest = rest.dropFirst(end + 1)
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")),
                line.prefix(colon).equalsIgnoringCase("content-length")
            else { continue }
            return decimalInteger(line.dropFirst(colon + 1).trimmed).flatMap { Int(exactly: $0) }
        }
        return nil
    }
}

extension JSONValue {
    /// A member of an object; nil if there is none, or no object.
    public func member(_ name: StaticString) -> JSONValue? {
        guard case .object(let text) = self else { return nil }
        for (key, value) in JSONMembers(text) where key.equals(name) { return value }
        return nil
    }

    /// The elements of an array. Not in line: the walk through a text is some KB wherever it is put.
    public var elements: [JSONValue] {
        @inline(never) get {
            guard case .array(let text) = self else { return [] }
            var elements: [JSONValue] = []
            for element in JSONElements(text) { elements.append(element) }
            return elements
        }
    }

    public var integer: Int64? {
        guard case .number(let number) = self else { return nil }
        return number.integer
    }

    public var isTrue: Bool {
        guard case .bool(let value) = self else { return false }
        return value
    }

    /// The text of a string, as a copy that stays; nil for anything else.
    public var text: Bytes? {
        guard case .string(let string) = self else { return nil }
        guard string.hasEscapes else { return string.raw }
        var out = ByteWriter(.allocate(string.raw.count))
        string.decode(into: &out)
        return out.bytes
    }
}
