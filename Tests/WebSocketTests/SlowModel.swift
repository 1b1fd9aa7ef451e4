import WebSocket

/// RFC 6455 §5 once more, as plainly as it can be said: over a whole stream in an array, with
/// copies and without state. What the decoder is compared with.
struct SlowModel {
    let messageBytesMax: Int
    private var rest: ArraySlice<UInt8>
    private var outcomes: [Outcome] = []

    static func outcomes(of stream: [UInt8], messageBytesMax: Int) -> [Outcome] {
        var model = SlowModel(messageBytesMax: messageBytesMax, rest: stream[...])
        do { try model.run() } catch { model.outcomes.append(.refused(error)) }
        return model.outcomes
    }

    private init(messageBytesMax: Int, rest: ArraySlice<UInt8>) {
        self.messageBytesMax = messageBytesMax
        self.rest = rest
    }

    private mutating func run() throws(WebSocketError) {
        var message: (opcode: UInt8, payload: [UInt8])?
        while let first = rest.popFirst() {
            if first & 0x70 != 0 { throw .reservedBits }
            let opcode = first & 0x0F
            let final = first & 0x80 != 0
            if ![0, 1, 2, 8, 9, 10].contains(opcode) { throw .unknownOpcode }
            let isControl = opcode >= 8
            if isControl && !final { throw .fragmentedControlFrame }
            if opcode == 0 && message == nil { throw .unexpectedContinuation }
            if (opcode == 1 || opcode == 2) && message != nil { throw .unfinishedMessage }

            guard let length = try readLength(isControl: isControl) else { return }
            if !isControl && length > UInt64(messageBytesMax - (message?.payload.count ?? 0)) {
                throw .messageTooBig
            }
            guard rest.count >= 4 else { return }
            let key = Array(rest.prefix(4))
            rest = rest.dropFirst(4)
            let masked = rest.prefix(Int(length))
            rest = rest.dropFirst(Int(length))
            let payload = masked.enumerated().map { $1 ^ key[$0 % 4] }
            let isWhole = payload.count == Int(length)

            if isControl {
                guard isWhole else { return }
                if try control(opcode, payload) { return }
                continue
            }
            message = (message?.opcode ?? opcode, (message?.payload ?? []) + payload)
            let ends = isWhole && final
            if message!.opcode == 1 {
                let text = message!.payload
                guard ends ? isText(text) : mayBeText(text) else { throw .invalidText }
            }
            guard isWhole else { return }
            if final {
                let payload = message!.payload
                outcomes.append(message!.opcode == 1 ? .text(payload) : .binary(payload))
                message = nil
            }
        }
    }

    /// Nil if the stream ends in the length.
    private mutating func readLength(isControl: Bool) throws(WebSocketError) -> UInt64? {
        guard let byte = rest.popFirst() else { return nil }
        if byte & 0x80 == 0 { throw .unmaskedFrame }
        let short = UInt64(byte & 0x7F)
        if isControl && short > 125 { throw .oversizedControlFrame }
        if short <= 125 { return short }
        let count = short == 126 ? 2 : 8
        if count == 8, let top = rest.first, top >= 0x80 { throw .excessiveLength }
        guard rest.count >= count else { return nil }
        let length = rest.prefix(count).reduce(0) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(count)
        if length <= (count == 2 ? 125 : 65535) { throw .nonMinimalLength }
        return length
    }

    /// True if the connection is over.
    private mutating func control(
        _ opcode: UInt8, _ payload: [UInt8]
    ) throws(WebSocketError) -> Bool {
        switch opcode {
        case 9: outcomes.append(.ping(payload))
        case 10: outcomes.append(.pong(payload))
        default:
            if payload.isEmpty {
                outcomes.append(.close(nil, []))
                return true
            }
            if payload.count == 1 { throw .truncatedCloseCode }
            let code = UInt16(payload[0]) * 256 + UInt16(payload[1])
            let forbidden: Set<UInt16> = [1004, 1005, 1006, 1015]
            let isUnassigned = code < 1000 || (1016..<3000).contains(code) || code > 4999
            if isUnassigned || forbidden.contains(code) { throw .invalidCloseCode }
            if !isText(Array(payload[2...])) { throw .invalidCloseReason }
            outcomes.append(.close(code, Array(payload[2...])))
            return true
        }
        return false
    }
}

/// The standard library's opinion.
func isText(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

/// True if some end makes valid text of `bytes`: found by trying the extremes of what a byte of
/// a sequence may be.
func mayBeText(_ bytes: [UInt8]) -> Bool {
    let extremes: [UInt8] = [0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF]
    var ends: [[UInt8]] = [[]]
    for _ in 0...3 {
        if ends.contains(where: { isText(bytes + $0) }) { return true }
        ends = ends.flatMap { end in extremes.map { end + [$0] } }
    }
    return false
}
