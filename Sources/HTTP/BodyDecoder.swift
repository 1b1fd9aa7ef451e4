import Memory

/// Reads the content of a request in either framing (RFC 9112 §6, §7.1) and keeps none of it:
/// payload goes straight from the input to the caller's writer.
///
/// Chunk extensions and trailer fields are checked and dropped.
public struct BodyDecoder {
    /// The longest chunk-size line, extensions included.
    public static let chunkLineBytesMax = 256
    /// The largest trailer section, its empty line included.
    public static let trailerBytesMax = 1024

    private enum State: Equatable {
        /// Inside content that Content-Length measures.
        case content
        case chunkSizeStart, chunkSize, chunkExtension(ChunkExtension), chunkSizeLineFeed
        case chunkData, chunkDataReturn, chunkDataLineFeed
        case trailerStart, trailerName, trailerValue, trailerLineFeed, lastLineFeed
        case complete
    }

    private var state: State
    /// Bytes so far of the chunk-size line or of the trailer section.
    private var lineBytes: UInt16 = 0
    /// Payload bytes that the content or the present chunk still has.
    private var remaining: UInt64 = 0
    /// Payload bytes that further chunks may have together.
    private var allowance: UInt64

    /// - Throws: 413 if Content-Length is already beyond `bytesMax`; nothing need be read then,
    ///   nor `100 Continue` be sent.
    public init(_ framing: RequestHead.Body, bytesMax: Int) throws(HTTPError) {
        precondition(bytesMax >= 0)
        allowance = UInt64(bytesMax)
        switch framing {
        case .none: state = .complete
        case .length(let length):
            guard length <= bytesMax else { throw Self.tooLarge }
            remaining = UInt64(length)
            state = length == 0 ? .complete : .content
        case .chunked: state = .chunkSizeStart
        }
    }

    /// The content has ended; bytes after it belong to the next request.
    public var isComplete: Bool { state == .complete }

    /// Appends the payload that `input` begins with to `out` and returns how many input bytes
    /// that took. It takes fewer than there are when the content ends or `out` is full;
    /// `out` never overflows.
    public mutating func decode(
        _ input: Bytes, into out: inout ByteWriter
    ) throws(HTTPError) -> Int {
        var index = 0
        while index < input.count, state != .complete {
            if state == .content || state == .chunkData {
                let length = payloadLength(within: min(input.count - index, out.free))
                guard length > 0 else { break }
                out.append(input[index..<index + length])
                index += length
                take(length)
            } else {
                state = try next(input[index])
                index += 1
            }
        }
        return index
    }

    private func payloadLength(within limit: Int) -> Int {
        Int(min(remaining, UInt64(limit)))
    }

    private mutating func take(_ length: Int) {
        remaining -= UInt64(length)
        guard remaining == 0 else { return }
        state = state == .content ? .complete : .chunkDataReturn
    }

    private mutating func next(_ byte: UInt8) throws(HTTPError) -> State {
        switch state {
        case .chunkSizeStart, .chunkSize, .chunkExtension, .chunkSizeLineFeed:
            try nextInSizeLine(byte)
        case .chunkDataReturn:
            try expect(Grammar.carriageReturn, byte, then: .chunkDataLineFeed)
        case .chunkDataLineFeed:
            try expect(Grammar.lineFeed, byte, then: .chunkSizeStart)
        case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed, .lastLineFeed:
            try nextInTrailer(byte)
        case .content, .chunkData, .complete:
            preconditionFailure()
        }
    }

    /// `chunk-size [ chunk-ext ] CRLF`
    private mutating func nextInSizeLine(_ byte: UInt8) throws(HTTPError) -> State {
        lineBytes = state == .chunkSizeStart ? 1 : lineBytes + 1
        guard Int(lineBytes) <= Self.chunkLineBytesMax else {
            throw .badRequest("A chunk-size line is too long.")
        }
        switch state {
        case .chunkSizeLineFeed:
            guard byte == Grammar.lineFeed else { throw Self.malformedLineEnd }
            return try beginChunk()
        case .chunkExtension(let position):
            if byte == Grammar.carriageReturn, position.mayEnd { return .chunkSizeLineFeed }
            return try Self.extensionState(position.next(byte))
        default:
            if let digit = Grammar.hexValue(byte) {
                remaining = try Self.appending(digit, to: state == .chunkSize ? remaining : 0)
                return .chunkSize
            }
            guard state == .chunkSize else { throw .badRequest("A chunk has no size.") }
            if byte == Grammar.carriageReturn { return .chunkSizeLineFeed }
            return try Self.extensionState(ChunkExtension.afterElement.next(byte))
        }
    }

    private mutating func beginChunk() throws(HTTPError) -> State {
        guard remaining > 0 else {
            lineBytes = 0
            return .trailerStart
        }
        guard remaining <= allowance else { throw Self.tooLarge }
        allowance -= remaining
        return .chunkData
    }

    /// `*( field-line CRLF ) CRLF`
    private mutating func nextInTrailer(_ byte: UInt8) throws(HTTPError) -> State {
        lineBytes += 1
        guard Int(lineBytes) <= Self.trailerBytesMax else {
            throw HTTPError(.requestHeaderFieldsTooLarge, "The trailer section is too large.")
        }
        switch state {
        case .trailerStart where byte == Grammar.carriageReturn: return .lastLineFeed
        case .trailerName where byte == UInt8(ascii: ":"): return .trailerValue
        case .trailerStart, .trailerName:
            guard Grammar.isTokenByte(byte) else {
                throw .badRequest("A trailer field's name is invalid.")
            }
            return .trailerName
        case .trailerValue:
            if byte == Grammar.carriageReturn { return .trailerLineFeed }
            guard Grammar.isFieldText(byte) else {
                throw .badRequest("A trailer field holds a control character.")
            }
            return .trailerValue
        default:
            return try expect(
                Grammar.lineFeed, byte, then: state == .lastLineFeed ? .complete : .trailerStart)
        }
    }

    private func expect(
        _ expected: UInt8, _ byte: UInt8, then next: State
    ) throws(HTTPError) -> State {
        guard byte == expected else { throw Self.malformedLineEnd }
        return next
    }

    private static func appending(_ digit: UInt8, to size: UInt64) throws(HTTPError) -> UInt64 {
        guard size >> 60 == 0 else { throw .badRequest("A chunk's size is out of range.") }
        return size << 4 | UInt64(digit)
    }

    private static func extensionState(_ next: ChunkExtension?) throws(HTTPError) -> State {
        guard let next else { throw .badRequest("A chunk-size line is malformed.") }
        return .chunkExtension(next)
    }

    private static var tooLarge: HTTPError {
        HTTPError(.contentTooLarge, "The content is too large.")
    }

    private static var malformedLineEnd: HTTPError {
        .badRequest("A chunk does not end with a carriage return and line feed.")
    }
}
