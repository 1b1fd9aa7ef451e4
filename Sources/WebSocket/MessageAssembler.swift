import Memory

/// Makes one message of its fragments (RFC 6455 §5.4). What must be kept goes to a lent
/// buffer: the message from its start on, and behind it a control frame that came between
/// fragments and only in part. The assembler knows how much is kept; the buffer is its lender's.
struct MessageAssembler {
    enum Kind { case text, binary }

    /// What the fragments so far are part of; nil between messages.
    private var kind: Kind?
    private var messageBytes: UInt32 = 0
    private var controlBytes: UInt8 = 0
    private var utf8 = UTF8Validator()

    var messageIsOpen: Bool { kind != nil }

    /// Bytes of the open message that are kept.
    var messageBytesKept: Int { Int(messageBytes) }

    var keepsAnything: Bool { messageBytes > 0 || controlBytes > 0 }

    /// True if bytes are kept of what a frame with `opcode` goes on with.
    @inline(__always)
    func keepsStart(of opcode: Opcode) -> Bool {
        opcode.isControl ? controlBytes > 0 : messageBytes > 0
    }

    /// A frame with `opcode` is at hand: a message begins, goes on, or is interrupted.
    @inline(__always)
    mutating func begin(_ opcode: Opcode) {
        switch opcode {
        case .text: kind = .text
        case .binary: kind = .binary
        case .continuation, .close, .ping, .pong: break
        }
    }

    /// Holds the next piece of text against UTF-8; all else passes.
    @inline(__always)
    mutating func check(_ piece: Bytes, of opcode: Opcode) throws(WebSocketError) {
        guard kind == .text, !opcode.isControl else { return }
        guard utf8.consume(piece) else { throw .invalidText }
    }

    /// Appends a piece of the message, or of the control frame behind it, to `buffer`.
    mutating func keep(_ piece: Bytes, of opcode: Opcode, in buffer: MutableBytes) {
        if opcode.isControl {
            buffer.copy(piece, at: messageBytesKept + Int(controlBytes))
            controlBytes += UInt8(piece.count)
        } else {
            buffer.copy(piece, at: messageBytesKept)
            messageBytes += UInt32(piece.count)
        }
    }

    /// Gives up what is kept of a control frame (`opcode`) or of the message.
    mutating func take(_ opcode: Opcode, from buffer: MutableBytes) -> Bytes {
        if opcode.isControl {
            defer { controlBytes = 0 }
            return buffer[messageBytesKept..<messageBytesKept + Int(controlBytes)].bytes
        }
        defer { messageBytes = 0 }
        return buffer.prefix(messageBytesKept).bytes
    }

    /// The message has its last fragment.
    @inline(__always)
    mutating func end() throws(WebSocketError) -> Kind {
        guard let kind else { preconditionFailure() }
        guard utf8.isComplete else { throw .invalidText }
        self.kind = nil
        return kind
    }
}
