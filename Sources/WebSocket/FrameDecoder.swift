import Memory

/// Reads frames (RFC 6455 §5.2): the header byte after byte, each judged as it comes, then the
/// payload in whatever pieces the input has. It holds no payload, and of a header no more than
/// what it says.
struct FrameDecoder {
    /// What the next byte of input is.
    private enum Position {
        case flags
        case length
        case length16(bytesLeft: UInt8)
        case length64(bytesLeft: UInt8)
        case maskingKey(bytesLeft: UInt8)
        case payload
        /// The stream was ended; what still comes is dropped.
        case ended
    }

    /// What the message so far lets the next frame be.
    struct Context {
        /// A fragmented message has begun and its last fragment is still to come.
        let messageIsOpen: Bool
        /// What the message may still grow by.
        let payloadBytesMax: Int
    }

    private var position = Position.flags
    private(set) var opcode = Opcode.continuation
    private(set) var isFinal = false
    private var maskingKey = MaskingKey()
    private var payloadBytesLeft: UInt64 = 0

    /// Payload bytes of the frame at hand that are still to come. They passed the limit when
    /// the header was read, hence an `Int` on every board.
    @inline(__always)
    var remaining: Int { Int(truncatingIfNeeded: payloadBytesLeft) }

    @inline(__always)
    private var isInPayload: Bool {
        if case .payload = position { true } else { false }
    }

    /// Takes header bytes from `input` up to the payload; false if there are not enough of them.
    mutating func readHeader(
        _ input: MutableBytes, offset: inout Int, context: Context
    ) throws(WebSocketError) -> Bool {
        while !isInPayload {
            guard offset < input.count else { return false }
            if takeWholeKey(input, &offset) { break }
            try takeHeader(input[offset], context)
            offset += 1
        }
        return true
    }

    /// Takes the masking key, which ends the header, at once where it lies in one piece.
    @inline(__always)
    private mutating func takeWholeKey(_ input: MutableBytes, _ offset: inout Int) -> Bool {
        guard case .maskingKey(bytesLeft: 4) = position, input.count - offset >= 4 else {
            return false
        }
        maskingKey = MaskingKey(input.bytes[offset..<offset + 4])
        offset += 4
        position = .payload
        return true
    }

    /// Takes the next `length` bytes of payload, at most `remaining`, and unmasks them in place.
    @inline(__always)
    mutating func readPayload(
        _ input: MutableBytes, offset: inout Int, length: Int
    ) -> MutableBytes {
        precondition(length <= remaining)
        let piece = input[offset..<offset + length]
        maskingKey.unmask(piece)
        offset += length
        payloadBytesLeft -= UInt64(length)
        return piece
    }

    /// The frame at hand is done: the next byte begins another.
    mutating func endFrame() {
        precondition(isInPayload && payloadBytesLeft == 0)
        position = .flags
    }

    /// Nothing more is read from this stream.
    mutating func endStream() { position = .ended }

    private mutating func takeHeader(_ byte: UInt8, _ context: Context) throws(WebSocketError) {
        switch position {
        case .flags:
            try takeFlags(byte, context)
        case .length:
            try takeLength(byte, context)
        case .length16(let bytesLeft):
            payloadBytesLeft = payloadBytesLeft << 8 | UInt64(byte)
            position = .length16(bytesLeft: bytesLeft - 1)
            if bytesLeft == 1 { try endLength(least: 126, context) }
        case .length64(let bytesLeft):
            if bytesLeft == 8, byte & 0x80 != 0 { throw .excessiveLength }
            payloadBytesLeft = payloadBytesLeft << 8 | UInt64(byte)
            position = .length64(bytesLeft: bytesLeft - 1)
            if bytesLeft == 1 { try endLength(least: 0x1_0000, context) }
        case .maskingKey(let bytesLeft):
            maskingKey.append(byte)
            position = bytesLeft > 1 ? .maskingKey(bytesLeft: bytesLeft - 1) : .payload
        case .payload, .ended:
            break
        }
    }

    private mutating func takeFlags(_ byte: UInt8, _ context: Context) throws(WebSocketError) {
        guard byte & 0x70 == 0 else { throw .reservedBits }
        guard let opcode = Opcode(rawValue: byte & 0x0F) else { throw .unknownOpcode }
        self.opcode = opcode
        isFinal = byte & 0x80 != 0
        switch opcode {
        case .continuation:
            guard context.messageIsOpen else { throw .unexpectedContinuation }
        case .text, .binary:
            guard !context.messageIsOpen else { throw .unfinishedMessage }
        case .close, .ping, .pong:
            guard isFinal else { throw .fragmentedControlFrame }
        }
        position = .length
    }

    private mutating func takeLength(_ byte: UInt8, _ context: Context) throws(WebSocketError) {
        guard byte & 0x80 != 0 else { throw .unmaskedFrame }
        let length = byte & 0x7F
        guard !opcode.isControl || length <= controlPayloadBytesMax else {
            throw .oversizedControlFrame
        }
        payloadBytesLeft = 0
        switch length {
        case 126: position = .length16(bytesLeft: 2)
        case 127: position = .length64(bytesLeft: 8)
        default:
            payloadBytesLeft = UInt64(length)
            try endLength(least: 0, context)
        }
    }

    /// The length is known. `least` is the smallest that needs the form it came in.
    private mutating func endLength(
        least: UInt64, _ context: Context
    ) throws(WebSocketError) {
        guard payloadBytesLeft >= least else { throw .nonMinimalLength }
        guard opcode.isControl || payloadBytesLeft <= UInt64(context.payloadBytesMax) else {
            throw .messageTooBig
        }
        position = .maskingKey(bytesLeft: 4)
    }
}
