import Memory

/// Makes messages of a client's byte stream, however it is cut into reads (RFC 6455 §5).
///
/// A message or control frame that lies whole in one read is unmasked where it is and handed
/// on as a view. Only what is unfinished when a read ends needs a buffer, so between
/// messages a connection owns nothing but this struct.
public struct MessageDecoder {
    /// The views are into the input or the lent buffer, and hold until either is next written.
    public enum Event {
        /// All input is taken.
        case needMore
        /// Payload has come that cannot be handed on yet: lend a buffer and call again.
        case needBuffer
        /// A whole message, and valid UTF-8.
        case text(Bytes)
        case binary(Bytes)
        case ping(Bytes)
        case pong(Bytes)
        /// The client closes; `code` is nil if it gave none. The reason is valid UTF-8.
        case close(code: UInt16?, reason: Bytes)
    }

    private var frames = FrameDecoder()
    private var assembler = MessageAssembler()

    public init() {}

    /// What a lent buffer must hold: a message, and behind it a control frame that came between
    /// its fragments.
    public static func bufferBytes(messageBytesMax: Int) -> Int {
        messageBytesMax + controlPayloadBytesMax
    }

    /// True while the lent buffer holds something. Once this is false, and the last event is
    /// dealt with, the buffer is its lender's again.
    public var needsBuffer: Bool { assembler.keepsAnything }

    /// Takes bytes from `input` from `offset` on, unmasking them in place, up to the next event,
    /// and moves `offset` past them.
    ///
    /// - Parameters:
    ///   - buffer: of at least `bufferBytes`; the same one, untouched, while `needsBuffer`.
    ///   - messageBytesMax: the limit of a message, all fragments together, in bytes; the same
    ///     on every call, and below 2³¹.
    /// - Throws: what the client did wrong, as soon as its bytes show it. After an error, as
    ///   after a close frame, the rest of the stream is dropped (§1.4, §7.1.7).
    public mutating func next(
        _ input: MutableBytes, offset: inout Int, buffer: MutableBytes?, messageBytesMax: Int
    ) throws(WebSocketError) -> Event {
        precondition(buffer != nil || !needsBuffer)
        do throws(WebSocketError) {
            return try advance(input, &offset, buffer, messageBytesMax)
        } catch {
            frames.endStream()
            throw error
        }
    }

    private mutating func advance(
        _ input: MutableBytes, _ offset: inout Int, _ buffer: MutableBytes?, _ messageBytesMax: Int
    ) throws(WebSocketError) -> Event {
        while try readHeader(input, &offset, messageBytesMax) {
            let available = min(frames.remaining, input.count - offset)
            let endsFrame = available == frames.remaining

            if endsFrame, frames.isFinal, !assembler.keepsStart(of: frames.opcode) {
                let payload = try readPayload(input, &offset, available)
                frames.endFrame()
                return try event(payload)
            }
            if available > 0 {
                guard let buffer else { return .needBuffer }
                let piece = try readPayload(input, &offset, available)
                assembler.keep(piece, of: frames.opcode, in: buffer)
            }
            guard endsFrame else { return .needMore }
            frames.endFrame()
            if frames.isFinal, let buffer {
                return try event(assembler.take(frames.opcode, from: buffer))
            }
        }
        return .needMore
    }

    private mutating func readHeader(
        _ input: MutableBytes, _ offset: inout Int, _ messageBytesMax: Int
    ) throws(WebSocketError) -> Bool {
        let context = FrameDecoder.Context(
            messageIsOpen: assembler.messageIsOpen,
            payloadBytesMax: messageBytesMax - assembler.messageBytesKept)
        guard try frames.readHeader(input, offset: &offset, context: context) else { return false }
        assembler.begin(frames.opcode)
        return true
    }

    private mutating func readPayload(
        _ input: MutableBytes, _ offset: inout Int, _ length: Int
    ) throws(WebSocketError) -> Bytes {
        let piece = frames.readPayload(input, offset: &offset, length: length).bytes
        try assembler.check(piece, of: frames.opcode)
        return piece
    }

    /// What the payload, now whole, of the frame just read is to the receiver.
    private mutating func event(_ payload: Bytes) throws(WebSocketError) -> Event {
        switch frames.opcode {
        case .ping: return .ping(payload)
        case .pong: return .pong(payload)
        case .close:
            frames.endStream()
            return try closeEvent(payload)
        case .text, .binary, .continuation:
            switch try assembler.end() {
            case .text: return .text(payload)
            case .binary: return .binary(payload)
            }
        }
    }

    /// A close frame's payload: nothing, or a code and a reason (§5.5.1, §7.4).
    private func closeEvent(_ payload: Bytes) throws(WebSocketError) -> Event {
        guard !payload.isEmpty else { return .close(code: nil, reason: payload) }
        guard payload.count >= 2 else { throw .truncatedCloseCode }
        let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        let reason = payload.dropFirst(2)
        guard CloseCode.mayBeReceived(code) else { throw .invalidCloseCode }
        guard UTF8Validator.isValid(reason) else { throw .invalidCloseReason }
        return .close(code: code, reason: reason)
    }
}
