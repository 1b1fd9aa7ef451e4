import Memory
import TestSupport
import WebSocket
import XCTest

final class MessageDecoderTests: XCTestCase {
    func testAConnectionBetweenMessagesIsATinyStruct() {
        XCTAssertLessThanOrEqual(MemoryLayout<MessageDecoder>.size, 28)
    }

    /// RFC 6455 §5.7: the masked examples, and the fragmented one masked with the same key.
    func testTheExamplesOfTheRFC() {
        let hello: [UInt8] = [
            0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58,
        ]
        assertOutcomes(hello, [.text("Hello")])
        let pong: [UInt8] = [
            0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58,
        ]
        assertOutcomes(pong, [.pong(Array("Hello".utf8))])
        assertOutcomes(
            stream(ClientFrame(.text, "Hel", final: false), ClientFrame(.continuation, "lo")),
            [.text("Hello")])
    }

    func testFramesOfEveryLengthForm() {
        var random = SeededGenerator(seed: 1)
        for length in [0, 1, 7, 8, 125, 126, 127, 300] {
            let payload = random.bytes(length)
            assertOutcomes(stream(ClientFrame(.binary, payload)), [.binary(payload)])
        }
        for length in [65535, 65536, 65537] {
            let payload = random.bytes(length)
            let bytes = stream(ClientFrame(.binary, payload))
            for cut in [1, 3, 9, 13, 14, 15, length] {
                let reads = [Array(bytes[..<cut]), Array(bytes[cut...])]
                XCTAssertEqual(
                    outcomes(of: reads, messageBytesMax: 1 << 17), [.binary(payload)], "\(cut)")
            }
        }
    }

    func testEveryMaskPhaseAndAlignment() {
        for key in [[0, 0, 0, 0], [255, 0, 255, 0], [1, 2, 4, 8], [0x80, 0, 0, 1]] as [[UInt8]] {
            for length in 0...40 {
                var frame = ClientFrame(.binary, (0..<length).map { UInt8($0 * 5 & 0xFF) })
                frame.key = key
                assertOutcomes(frame.bytes, [.binary(frame.payload)])
            }
        }
        let payload = (0..<64).map { UInt8($0) }
        let bytes = stream(ClientFrame(.binary, payload))
        for size in 1...17 {
            let reads = stride(from: 0, to: bytes.count, by: size).map {
                Array(bytes[$0..<min($0 + size, bytes.count)])
            }
            XCTAssertEqual(outcomes(of: reads), [.binary(payload)], "reads of \(size)")
        }
    }

    func testAWholeFrameIsAViewIntoTheInput() throws {
        var input = OwnedBytes(stream(ClientFrame(.ping, "a"), ClientFrame(.text, "Grüße")))
        var decoder = MessageDecoder()
        var offset = 0
        _ = try decoder.next(input.mutable, offset: &offset, buffer: nil, messageBytesMax: 100)
        XCTAssertEqual(offset, 7)
        let event = try decoder.next(
            input.mutable, offset: &offset, buffer: nil, messageBytesMax: 100)
        guard case .text(let text) = event else { return XCTFail("no text") }
        XCTAssertEqual(text.base, UnsafePointer(input.mutable.base + 7 + 6))
        XCTAssertEqual(String(text), "Grüße")
        XCTAssertFalse(decoder.needsBuffer)
    }

    func testABufferIsLentForUnfinishedPayloadOnly() {
        let text = stream(ClientFrame(.text, "Hello"))
        let fragments = stream(
            ClientFrame(.text, final: false), ClientFrame(.continuation, final: false),
            ClientFrame(.continuation, "Hello"))
        let table: [(name: String, reads: [[UInt8]], lent: Int)] = [
            ("whole", [text + text], 0),
            ("in the flags", [Array(text[..<1]), Array(text[1...])], 0),
            ("in the key", [Array(text[..<5]), Array(text[5...])], 0),
            ("after the header", [Array(text[..<6]), Array(text[6...])], 0),
            ("in the payload", [Array(text[..<7]), Array(text[7...])], 1),
            ("byte by byte, twice", (text + text).map { [$0] }, 2),
            ("empty fragments first", [fragments], 0),
        ]
        for (name, reads, lent) in table {
            var receiver = Receiver()
            for read in reads { receiver.receive(read) }
            XCTAssertEqual(receiver.buffersLent, lent, name)
            XCTAssertFalse(receiver.holdsBuffer, name)
        }
    }

    func testAfterACloseFrameNothingIsRead() {
        let bytes = stream(
            ClientFrame.close(1000), ClientFrame(.text, "late"), ClientFrame.close(1001))
        assertOutcomes(bytes, [.close(1000, [])])
        assertOutcomes(stream(ClientFrame.close(1000)) + [0xFF, 0xFF], [.close(1000, [])])
    }

    func testAfterAnErrorNothingIsRead() throws {
        var receiver = Receiver()
        receiver.receive([0xFF])
        receiver.receive(stream(ClientFrame(.text, "late")))
        XCTAssertEqual(receiver.outcomes, [.refused(.reservedBits)])
    }
}
