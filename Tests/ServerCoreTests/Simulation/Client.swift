import Foundation
import XCTest

/// What a client makes of the bytes that it gets: a reading of HTTP and WebSocket of its own,
/// so that an error in the server's modules is not mirrored here.
struct Response {
    let status: Int
    let fields: [String: String]
    let body: [UInt8]

    var json: Any? {
        try? JSONSerialization.jsonObject(with: Data(body), options: [.fragmentsAllowed])
    }
    var object: [String: Any] { json as? [String: Any] ?? [:] }
    var array: [[String: Any]] { json as? [[String: Any]] ?? [] }
}

struct Frame {
    let opcode: UInt8
    let payload: [UInt8]
    /// Empty if the payload is not a JSON object.
    let object: [String: Any]

    init(opcode: UInt8, payload: [UInt8]) {
        self.opcode = opcode
        self.payload = payload
        let json = opcode == 1 ? try? JSONSerialization.jsonObject(with: Data(payload)) : nil
        object = json as? [String: Any] ?? [:]
    }

    var text: String { String(decoding: payload, as: UTF8.self) }
    var closeCode: Int { payload.count < 2 ? 1005 : Int(payload[0]) << 8 | Int(payload[1]) }
}

final class Client {
    let peer: SimulatedPeer
    unowned let world: World
    private(set) var responses: [Response] = []
    private(set) var interims = 0
    private(set) var frames: [Frame] = []
    private(set) var isWebSocket = false
    private(set) var closeCode: Int?
    private var readMessages: [[String: Any]] = []
    /// What the answers to come are to: HEAD has none that shows a body.
    private var headRequests: [Bool] = []
    private var position = 0

    init(_ peer: SimulatedPeer, in world: World) {
        self.peer = peer
        self.world = world
    }

    // MARK: HTTP

    static func request(
        _ method: String, _ path: String, token: String? = nil, body: String? = nil,
        fields: [String] = [], version: String = "1.1"
    ) -> [UInt8] {
        var text = "\(method) \(path) HTTP/\(version)\r\nHost: concord.test\r\n"
        if let token { text += "Authorization: Bearer \(token)\r\n" }
        for field in fields { text += field + "\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        return Array((text + "\r\n" + (body ?? "")).utf8)
    }

    func send(
        _ method: String, _ path: String, token: String? = nil, body: String? = nil,
        fields: [String] = [], version: String = "1.1"
    ) {
        expectAnswer(to: method)
        peer.send(
            Client.request(
                method, path, token: token, body: body, fields: fields, version: version))
    }

    func expectAnswer(to method: String) { headRequests.append(method == "HEAD") }

    /// Sends a request and takes its answer.
    @discardableResult
    func ask(
        _ method: String, _ path: String, token: String? = nil, body: String? = nil,
        fields: [String] = [], version: String = "1.1",
        file: StaticString = #filePath, line: UInt = #line
    ) -> Response {
        let before = responses.count
        send(method, path, token: token, body: body, fields: fields, version: version)
        world.settle(file: file, line: line)
        read()
        guard responses.count == before + 1 else {
            XCTFail("\(responses.count - before) answers to one request", file: file, line: line)
            return responses.last ?? Response(status: 0, fields: [:], body: [])
        }
        return responses[before]
    }

    /// Takes in all that has come so far.
    func read() {
        while isWebSocket ? readFrame() : readResponse() {}
    }

    private func readResponse() -> Bool {
        let bytes = peer.received
        guard let headEnd = find([13, 10, 13, 10], in: bytes, from: position) else { return false }
        var lines = String(decoding: bytes[position..<headEnd], as: UTF8.self)
            .components(separatedBy: "\r\n")
        let statusLine = lines.removeFirst().split(separator: " ", maxSplits: 2)
        guard statusLine.count >= 2, statusLine[0] == "HTTP/1.1", let status = Int(statusLine[1])
        else {
            XCTFail("no status line: \(statusLine)")
            return false
        }
        var fields: [String: String] = [:]
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1)
            let name = parts[0].lowercased()
            let value = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
            if name == "connection", let old = fields[name] {
                fields[name] = old + ", " + value
            } else {
                XCTAssertNil(fields[name], "\(name) twice")
                fields[name] = value
            }
        }
        let bodyStart = headEnd + 4
        if status == 100 {
            interims += 1
            position = bodyStart
            return true
        }
        if status == 101 {
            position = bodyStart
            isWebSocket = true
            responses.append(Response(status: status, fields: fields, body: []))
            return true
        }
        let hasNoBody = headRequests.first ?? false || status == 304
        guard let (body, end) = hasNoBody ? ([], bodyStart) : readBody(fields, from: bodyStart)
        else { return false }
        if !headRequests.isEmpty { headRequests.removeFirst() }
        position = end
        responses.append(Response(status: status, fields: fields, body: body))
        return true
    }

    private func readBody(_ fields: [String: String], from start: Int) -> ([UInt8], Int)? {
        let bytes = peer.received
        if let text = fields["content-length"] {
            XCTAssertNil(fields["transfer-encoding"])
            guard let length = Int(text), bytes.count - start >= length else { return nil }
            return (Array(bytes[start..<start + length]), start + length)
        }
        guard fields["transfer-encoding"] == "chunked" else {
            return peer.isClosed || peer.isShutDown ? (Array(bytes[start...]), bytes.count) : nil
        }
        var body: [UInt8] = []
        var at = start
        while let lineEnd = find([13, 10], in: bytes, from: at) {
            let digits = String(decoding: bytes[at..<lineEnd], as: UTF8.self)
            guard let size = Int(digits, radix: 16) else {
                XCTFail("a chunk without a size: \(digits)")
                return nil
            }
            let dataEnd = lineEnd + 2 + size
            guard bytes.count >= dataEnd + 2 else { return nil }
            XCTAssertEqual(Array(bytes[dataEnd..<dataEnd + 2]), [13, 10])
            body += bytes[lineEnd + 2..<dataEnd]
            at = dataEnd + 2
            if size == 0 { return (body, at) }
        }
        return nil
    }

    private func find(_ pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            var index = start
            while index + pattern.count <= bytes.count {
                if bytes[index] == pattern[0],
                    bytes[index..<index + pattern.count].elementsEqual(pattern)
                {
                    return index
                }
                index += 1
            }
            return nil
        }
    }

    // MARK: WebSocket

    static let handshakeFields = [
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]

    func sendHandshake(token: String) {
        send("GET", "/client?token=\(token)", fields: Client.handshakeFields)
    }

    /// Opens a WebSocket and takes the hello.
    @discardableResult
    func open(token: String, file: StaticString = #filePath, line: UInt = #line) -> Client {
        sendHandshake(token: token)
        world.settle(file: file, line: line)
        read()
        XCTAssertTrue(isWebSocket, "no handshake", file: file, line: line)
        return self
    }

    static func frame(_ opcode: UInt8, _ payload: [UInt8], final: Bool = true) -> [UInt8] {
        let key: [UInt8] = [0x1F, 0x2E, 0x3D, 0x4C]
        var bytes = [(final ? 0x80 : 0) | opcode]
        switch payload.count {
        case ...125: bytes.append(0x80 | UInt8(payload.count))
        case ...0xFFFF:
            bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default:
            bytes.append(0x80 | 127)
            bytes += (0..<8).reversed().map { UInt8(truncatingIfNeeded: payload.count >> (8 * $0)) }
        }
        bytes += key
        let start = bytes.count
        bytes += payload
        bytes.withUnsafeMutableBufferPointer { bytes in
            var index = start
            while index < bytes.count {
                bytes[index] ^= key[(index - start) & 3]
                index += 1
            }
        }
        return bytes
    }

    static func text(_ text: String) -> [UInt8] { frame(1, Array(text.utf8)) }

    static func close(_ code: Int, _ reason: String = "") -> [UInt8] {
        frame(8, [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(reason.utf8))
    }

    func say(_ content: String, in channel: Int64? = nil, nonce: String? = nil) {
        peer.send(Client.text(chat(content, in: channel, nonce: nonce)))
    }

    func chat(_ content: String, in channel: Int64? = nil, nonce: String? = nil) -> String {
        var object: [String: Any] = [
            "type": "chat_written", "channelId": channel ?? world.general, "content": content,
        ]
        object["nonce"] = nonce
        let data = try! JSONSerialization.data(withJSONObject: object)
        return String(decoding: data, as: UTF8.self)
    }

    private func readFrame() -> Bool {
        let bytes = peer.received
        guard bytes.count >= position + 2 else { return false }
        let flags = bytes[position]
        XCTAssertEqual(flags & 0xF0, 0x80, "server frames are whole and have no reserved bits")
        var length = Int(bytes[position + 1])
        XCTAssertLessThan(length, 128, "server frames are not masked")
        var payload = position + 2
        if length >= 126 {
            let digits = length == 126 ? 2 : 8
            guard bytes.count >= payload + digits else { return false }
            length = bytes[payload..<payload + digits].reduce(0) { $0 << 8 | Int($1) }
            XCTAssertGreaterThan(length, digits == 2 ? 125 : 0xFFFF, "not the shortest length")
            payload += digits
        }
        guard bytes.count >= payload + length else { return false }
        let frame = Frame(opcode: flags & 0x0F, payload: Array(bytes[payload..<payload + length]))
        XCTAssertTrue([1, 8, 9, 10].contains(frame.opcode), "opcode \(frame.opcode)")
        XCTAssertNil(closeCode, "a frame after the close frame")
        frames.append(frame)
        if frame.opcode == 8 { closeCode = frame.closeCode }
        if frame.opcode == 1 {
            XCTAssertFalse(frame.object.isEmpty, "not JSON: \(frame.text)")
            readMessages.append(frame.object)
        }
        position = payload + length
        return true
    }

    /// Bytes that have come of a frame or an answer that is not whole.
    var unfinishedCount: Int {
        read()
        return peer.received.count - position
    }

    var messages: [[String: Any]] {
        read()
        return readMessages
    }

    var types: [String] { messages.map { $0["type"] as? String ?? "?" } }

    func messages(_ type: String) -> [[String: Any]] {
        messages.filter { $0["type"] as? String == type }
    }

    /// Contents of the chats seen, in order.
    var chats: [String] {
        messages("chat_sent").map { ($0["chat"] as? [String: Any])?["content"] as? String ?? "?" }
    }

    var eventIDs: [Int] {
        messages.compactMap { $0["type"] as? String == "hello" ? nil : $0["eventId"] as? Int }
    }
    var helloEvent: Int? { messages.first?["eventId"] as? Int }

    func count(ofOpcode opcode: UInt8) -> Int {
        read()
        return frames.filter { $0.opcode == opcode }.count
    }

    /// Waits for the close frame and closes in turn, as a client should.
    func closes(_ code: Int, file: StaticString = #filePath, line: UInt = #line) {
        read()
        XCTAssertEqual(closeCode, code, file: file, line: line)
    }

    /// Gap-free, in order, once, from the hello on.
    func assertEventsFollowHello(file: StaticString = #filePath, line: UInt = #line) {
        guard let hello = helloEvent else {
            if !messages.isEmpty { XCTFail("no hello", file: file, line: line) }
            return
        }
        let events = eventIDs
        XCTAssertEqual(
            events, Array(0..<events.count).map { hello + 1 + $0 }, file: file, line: line)
    }
}
