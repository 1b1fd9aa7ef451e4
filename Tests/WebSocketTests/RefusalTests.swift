import TestSupport
import WebSocket
import XCTest

/// What is refused, with what, and with which byte: not before it shows, and not later.
final class RefusalTests: XCTestCase {
    private let open = ClientFrame(.text, "a", final: false).bytes

    func testEveryFirstByte() {
        for flags in UInt8.min...UInt8.max {
            let opcode = flags & 0x0F
            let isFinal = flags >= 0x80
            for isOpen in [false, true] {
                let bytes = (isOpen ? open : []) + [flags]
                if flags & 0x70 != 0 {
                    assertRefused(bytes, .reservedBits)
                } else if (3...7).contains(opcode) || opcode > 10 {
                    assertRefused(bytes, .unknownOpcode)
                } else if opcode >= 8 && !isFinal {
                    assertRefused(bytes, .fragmentedControlFrame)
                } else if opcode == 0 && !isOpen {
                    assertRefused(bytes, .unexpectedContinuation)
                } else if (1...2).contains(opcode) && isOpen {
                    assertRefused(bytes, .unfinishedMessage)
                } else {
                    assertOutcomes(bytes, [])
                }
            }
        }
    }

    func testAnUnmaskedFrameIsRefusedAtItsSecondByte() {
        for flags: UInt8 in [0x81, 0x01, 0x82, 0x88, 0x89, 0x8A] {
            for length in UInt8(0)...127 { assertRefused([flags, length], .unmaskedFrame) }
        }
    }

    func testALargeControlFrameIsRefusedAtItsSecondByte() {
        for flags: UInt8 in [0x88, 0x89, 0x8A] {
            assertOutcomes([flags, 0x80 | 125], [])
            assertRefused([flags, 0x80 | 126], .oversizedControlFrame)
            assertRefused([flags, 0x80 | 127], .oversizedControlFrame)
        }
    }

    func testLengthsMustBeInTheShortestForm() {
        for length in [0, 1, 125] {
            let header: [UInt8] = [0x82, 0x80 | 126, 0, UInt8(length)]
            assertRefused(header, .nonMinimalLength)
            let wide: [UInt8] = [0x82, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, UInt8(length)]
            assertRefused(wide, .nonMinimalLength)
        }
        assertRefused([0x82, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], .nonMinimalLength)
        assertOutcomes([0x82, 0x80 | 126, 0, 126], [])
        assertOutcomes(
            [0x82, 0x80 | 127, 0, 0, 0, 0, 0, 1, 0, 0], [], messageBytesMax: 65536)
    }

    func testALengthOf64BitsIsRefusedAtItsFirstByte() {
        assertRefused([0x82, 0x80 | 127, 0x80], .excessiveLength)
        assertRefused([0x82, 0x80 | 127, 0xFF], .excessiveLength)
        assertRefused(
            [0x82, 0x80 | 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .messageTooBig)
    }

    func testTheLimitIsJudgedFromTheHeader() {
        for limit in [0, 1, 125, 126, 16 << 10, 65535, 65536, 16 << 20] {
            var fits = ClientFrame(.binary, [UInt8](repeating: 0, count: limit))
            assertOutcomes(fits.header, limit == 0 ? [.binary([])] : [], messageBytesMax: limit)
            fits.payload.append(0)
            let header = Array(fits.header.dropLast(4))
            assertRefused(header, .messageTooBig, messageBytesMax: limit)
        }
    }

    func testTheLimitIsForAllFragmentsTogether() {
        let limit = 1000
        let first = ClientFrame(.binary, [UInt8](repeating: 1, count: 700), final: false)
        let second = ClientFrame(.continuation, [UInt8](repeating: 2, count: 300), final: false)
        let ping = ClientFrame(.ping, "x")
        let full = first.bytes + ping.bytes + second.bytes
        XCTAssertEqual(
            outcomes(of: [full + ClientFrame(.continuation).bytes], messageBytesMax: limit),
            [.ping([0x78]), .binary(first.payload + second.payload)])
        XCTAssertEqual(
            outcomes(of: [full + [0x80, 0x80 | 1]], messageBytesMax: limit),
            [.ping([0x78]), .refused(.messageTooBig)])
        XCTAssertEqual(
            outcomes(of: [first.bytes + [0x80, 0x80 | 126, 1, 45]], messageBytesMax: limit),
            [.refused(.messageTooBig)])
    }

    func testAMessageOfSixteenMebibytes() {
        let limit = 16 << 20
        var random = SeededGenerator(seed: 16)
        let block = random.bytes(1 << 16)
        var payload: [UInt8] = []
        for _ in 0..<limit >> 16 { payload += block }
        var frame = ClientFrame(.binary, payload)
        frame.key = [0, 0, 0, 0]
        let bytes = frame.header + payload
        XCTAssertEqual(outcomes(of: [bytes], messageBytesMax: limit), [.binary(payload)])
        let reads = stride(from: 0, to: bytes.count, by: 1_000_003).map {
            Array(bytes[$0..<min($0 + 1_000_003, bytes.count)])
        }
        XCTAssertEqual(outcomes(of: reads, messageBytesMax: limit), [.binary(payload)])
    }

    /// The frame announces more, but its first bad byte is enough.
    func testInvalidTextIsRefusedAtItsFirstBadByte() {
        let table: [(name: String, text: [UInt8])] = [
            ("a continuation byte alone", [0x61, 0x80]),
            ("an overlong form of two", [0x61, 0xC0]),
            ("an overlong form of three", [0xE0, 0x9F]),
            ("a surrogate", [0x61, 0x62, 0xED, 0xA0]),
            ("an overlong form of four", [0xF0, 0x8F]),
            ("a value past 10FFFF", Array("κόσμε".utf8) + [0xF4, 0x90]),
            ("a lead byte of five", [0xF8]),
            ("a cut sequence", [0xE2, 0x82, 0x41]),
            ("after sixteen letters", [UInt8](repeating: 0x61, count: 16) + [0xFF]),
        ]
        for (_, text) in table {
            var frame = ClientFrame(.text, text + [UInt8](repeating: 0x61, count: 20))
            let cut = frame.header.count + text.count
            assertRefused(Array(frame.bytes[..<cut]), .invalidText)
            frame.flags = 0x01
            assertRefused(Array(frame.bytes[..<cut]), .invalidText)
            frame.flags = 0x80
            let bytes = ClientFrame(.text, "first ", final: false).bytes + frame.bytes[..<cut]
            assertRefused(bytes, .invalidText)
        }
    }

    func testTextThatEndsInASequenceIsRefused() {
        for text in [[0xC3], [0x61, 0xE2, 0x82], [0xF0, 0x9F, 0xA6]] as [[UInt8]] {
            assertRefused(stream(ClientFrame(.text, text)), .invalidText)
        }
    }

    func testABinaryMessageNeedsNoUTF8() {
        assertOutcomes(stream(ClientFrame(.binary, [0xC3, 0xFF])), [.binary([0xC3, 0xFF])])
    }
}
