import Memory
import TestSupport
import WebSocket
import XCTest

final class FrameEncoderTests: XCTestCase {
    private func written(
        capacity: Int = 256, _ body: (inout ByteWriter) -> Void
    ) -> [UInt8] {
        var storage = OwnedBytes([UInt8](repeating: 0xEE, count: capacity))
        var out = ByteWriter(storage.mutable)
        body(&out)
        XCTAssertFalse(out.overflowed)
        return [UInt8](out.bytes)
    }

    private func header(_ opcode: Opcode, _ payload: Int) -> [UInt8] {
        written { FrameEncoder.writeHeader(opcode, payload: payload, into: &$0) }
    }

    func testHeadersAreInTheShortestForm() {
        let table: [(Opcode, Int, [UInt8])] = [
            (.text, 0, [0x81, 0]),
            (.text, 5, [0x81, 5]),
            (.binary, 125, [0x82, 125]),
            (.text, 126, [0x81, 126, 0, 126]),
            (.binary, 256, [0x82, 126, 1, 0]),
            (.text, 65535, [0x81, 126, 0xFF, 0xFF]),
            (.binary, 65536, [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
            (.text, 0x0102_0304, [0x81, 127, 0, 0, 0, 0, 1, 2, 3, 4]),
            (.ping, 125, [0x89, 125]),
            (.pong, 0, [0x8A, 0]),
            (.close, 2, [0x88, 2]),
        ]
        for (opcode, payload, expected) in table {
            XCTAssertEqual(header(opcode, payload), expected)
            XCTAssertEqual(FrameEncoder.headerLength(payload: payload), expected.count)
            XCTAssertLessThanOrEqual(expected.count, FrameEncoder.headerBytesMax)
        }
    }

    /// RFC 6455 §5.7: the unmasked examples.
    func testTheExamplesOfTheRFC() {
        let hello = written {
            FrameEncoder.writeHeader(.text, payload: 5, into: &$0)
            $0.append("Hello")
        }
        XCTAssertEqual(hello, [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
        let ping = written { FrameEncoder.writePing(Bytes("Hello"), into: &$0) }
        XCTAssertEqual(ping, [0x89, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
        XCTAssertEqual(header(.binary, 256), [0x82, 0x7E, 0x01, 0x00])
        XCTAssertEqual(header(.binary, 65536), [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0])
    }

    func testControlFrames() {
        let pong = written { FrameEncoder.writePong(Bytes("abc"), into: &$0) }
        XCTAssertEqual(pong, [0x8A, 3, 0x61, 0x62, 0x63])
        let close = written { FrameEncoder.writeClose(.fellBehind, reason: "slow", into: &$0) }
        XCTAssertEqual(close, [0x88, 6, 0x0F, 0xA2] + Array("slow".utf8))
        let bare = written { FrameEncoder.writeClose(.normal, reason: Bytes.empty, into: &$0) }
        XCTAssertEqual(bare, [0x88, 2, 0x03, 0xE8])
        let reply = written { FrameEncoder.writeCloseReply(code: 3001, into: &$0) }
        XCTAssertEqual(reply, [0x88, 2, 0x0B, 0xB9])
        let silent = written { FrameEncoder.writeCloseReply(code: nil, into: &$0) }
        XCTAssertEqual(silent, [0x88, 0])
    }

    func testEveryErrorFitsItsCloseFrame() {
        let errors: [WebSocketError] = [
            .reservedBits, .unknownOpcode, .unmaskedFrame, .fragmentedControlFrame,
            .oversizedControlFrame, .unexpectedContinuation, .unfinishedMessage,
            .nonMinimalLength, .excessiveLength, .truncatedCloseCode, .invalidCloseCode,
            .invalidCloseReason, .invalidText, .messageTooBig,
        ]
        for error in errors {
            let frame = written {
                FrameEncoder.writeClose(error.closeCode, reason: error.reason, into: &$0)
            }
            XCTAssertGreaterThan(frame.count, 4, "a reason is given")
            XCTAssertEqual(Int(frame[1]), frame.count - 2)
        }
    }

    func testFrameLengthWalksFromFrameToFrame() {
        for payload in [0, 1, 125, 126, 127, 255, 256, 65535, 65536, 70000, 1 << 24] {
            var bytes = OwnedBytes(header(.text, payload) + [1, 2, 3])
            let expected = FrameEncoder.headerLength(payload: payload) + payload
            XCTAssertEqual(FrameEncoder.frameLength(headerAt: bytes.bytes), expected)
        }
        var shortest = OwnedBytes([0x8A, 0])
        XCTAssertEqual(FrameEncoder.frameLength(headerAt: shortest.bytes), 2)
    }

    func testAFrameThatDoesNotFitIsFlagged() {
        var storage = OwnedBytes([0, 0, 0])
        var out = ByteWriter(storage.mutable)
        FrameEncoder.writeHeader(.text, payload: 126, into: &out)
        XCTAssertTrue(out.overflowed)
    }
}
