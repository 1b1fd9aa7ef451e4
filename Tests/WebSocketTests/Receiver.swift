import Memory
import TestSupport
import WebSocket
import XCTest

/// What a receiver was told, owned and comparable.
enum Outcome: Equatable {
    case text([UInt8])
    case binary([UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(UInt16?, [UInt8])
    case refused(WebSocketError)

    static func text(_ text: String) -> Outcome { .text(Array(text.utf8)) }
}

/// Memory that is spoilt when it is given back, so that a view kept too long is seen.
private final class Block {
    let bytes: MutableBytes

    init(_ content: [UInt8]) {
        bytes = .allocate(content.count)
        bytes.base.update(from: content, count: content.count)
    }

    deinit {
        bytes.base.update(repeating: 0xDD, count: bytes.count)
        bytes.base.deallocate()
    }
}

/// Drives a decoder as a server does: lends a buffer when asked, takes it back as soon as it may,
/// and gives each read memory of its own that is gone afterwards.
struct Receiver {
    let messageBytesMax: Int
    private(set) var outcomes: [Outcome] = []
    private(set) var buffersLent = 0
    private var decoder = MessageDecoder()
    private var buffer: Block?

    init(messageBytesMax: Int = 1 << 10) { self.messageBytesMax = messageBytesMax }

    var holdsBuffer: Bool { buffer != nil }

    mutating func receive(_ read: [UInt8]) {
        let input = Block(read)
        var offset = 0
        while let event = nextEvent(input.bytes, &offset) {
            switch event {
            case .needMore:
                XCTAssertEqual(offset, read.count, "all input is taken")
                takeBufferBack()
                return
            case .needBuffer:
                lendBuffer()
                continue
            case .text(let text): outcomes.append(.text([UInt8](text)))
            case .binary(let data): outcomes.append(.binary([UInt8](data)))
            case .ping(let data): outcomes.append(.ping([UInt8](data)))
            case .pong(let data): outcomes.append(.pong([UInt8](data)))
            case .close(let code, let reason): outcomes.append(.close(code, [UInt8](reason)))
            }
            takeBufferBack()
        }
    }

    private mutating func nextEvent(
        _ input: MutableBytes, _ offset: inout Int
    ) -> MessageDecoder.Event? {
        do throws(WebSocketError) {
            return try decoder.next(
                input, offset: &offset, buffer: buffer?.bytes, messageBytesMax: messageBytesMax)
        } catch {
            outcomes.append(.refused(error))
            return nil
        }
    }

    private mutating func lendBuffer() {
        XCTAssertNil(buffer, "a second buffer is never asked for")
        let size = MessageDecoder.bufferBytes(messageBytesMax: messageBytesMax)
        buffer = Block([UInt8](repeating: 0xEE, count: size))
        buffersLent += 1
    }

    private mutating func takeBufferBack() {
        if !decoder.needsBuffer { buffer = nil }
    }
}

/// The outcomes of a stream that comes in `reads`.
func outcomes(of reads: [[UInt8]], messageBytesMax: Int = 1 << 10) -> [Outcome] {
    var receiver = Receiver(messageBytesMax: messageBytesMax)
    for read in reads { receiver.receive(read) }
    return receiver.outcomes
}

/// Expects the same outcomes however the stream is cut.
func assertOutcomes(
    _ stream: [UInt8], _ expected: [Outcome], messageBytesMax: Int = 1 << 10,
    file: StaticString = #filePath, line: UInt = #line
) {
    forEverySplit(of: stream) { reads, name in
        XCTAssertEqual(
            outcomes(of: reads, messageBytesMax: messageBytesMax), expected, name,
            file: file, line: line)
    }
}

/// Expects a refusal with the stream's last byte, not before and not later: what shows the
/// error must be the last byte given.
func assertRefused(
    _ stream: [UInt8], _ error: WebSocketError, after events: [Outcome] = [],
    messageBytesMax: Int = 1 << 10, file: StaticString = #filePath, line: UInt = #line
) {
    assertOutcomes(
        stream, events + [.refused(error)], messageBytesMax: messageBytesMax,
        file: file, line: line)
    var receiver = Receiver(messageBytesMax: messageBytesMax)
    for byte in stream.dropLast() { receiver.receive([byte]) }
    XCTAssertEqual(receiver.outcomes, events, "refused too early", file: file, line: line)
}
