import TestSupport
import WebSocket
import XCTest

/// Seeded streams of mostly right frames, some of them damaged, cut at random: the decoder
/// must tell what the slow model tells.
final class RandomStreamTests: XCTestCase {
    private let limit = 200

    func testRandomStreamsGiveWhatTheModelGives() {
        var refusals = 0
        var messages = 0
        for seed in 0..<6000 {
            var random = SeededGenerator(seed: UInt64(seed))
            let bytes = randomStream(&random)
            let expected = SlowModel.outcomes(of: bytes, messageBytesMax: limit)
            let whole = outcomes(of: [bytes], messageBytesMax: limit)
            XCTAssertEqual(whole, expected, "seed \(seed), whole")
            let cut = outcomes(of: cut(bytes, &random), messageBytesMax: limit)
            XCTAssertEqual(cut, expected, "seed \(seed), cut")
            if case .refused? = expected.last { refusals += 1 }
            messages += expected.count
        }
        XCTAssertGreaterThan(refusals, 1000, "the streams are damaged enough")
        XCTAssertGreaterThan(messages, 10000, "and sound enough")
    }

    private func randomStream(_ random: inout SeededGenerator) -> [UInt8] {
        var bytes: [UInt8] = []
        var isOpen = false
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            var frame = randomFrame(isOpen: isOpen, &random)
            frame.key = random.bytes(4)
            if frame.flags & 0x08 == 0 { isOpen = frame.flags & 0x80 == 0 }
            bytes += frame.bytes
        }
        if Int.random(in: 0..<3, using: &random) == 0 {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            bytes[place] ^= UInt8(1) << UInt8.random(in: 0...7, using: &random)
        }
        return bytes
    }

    private func randomFrame(isOpen: Bool, _ random: inout SeededGenerator) -> ClientFrame {
        let isFinal = Bool.random(using: &random)
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return ClientFrame(.ping, random.bytes(Int.random(in: 0...125, using: &random)))
        case 1: return ClientFrame(.pong, random.bytes(Int.random(in: 0...5, using: &random)))
        case 2: return ClientFrame.close(UInt16.random(in: 990...1020, using: &random), [0x21])
        case 3: return ClientFrame(.close, random.bytes(Int.random(in: 0...3, using: &random)))
        case 4, 5:
            let payload = random.bytes(Int.random(in: 0...130, using: &random))
            return ClientFrame(isOpen ? .continuation : .binary, payload, final: isFinal)
        case 6:
            var frame = ClientFrame(.binary, random.bytes(5))
            frame.lengthForm = Bool.random(using: &random) ? .sixteenBits : .sixtyFourBits
            return frame
        default:
            let text = randomText(&random)
            return ClientFrame(isOpen ? .continuation : .text, text, final: isFinal)
        }
    }

    private func randomText(_ random: inout SeededGenerator) -> [UInt8] {
        let alphabet = Array("abc éß€語🦆")
        let length = Int.random(in: 0...40, using: &random)
        let letters = (0..<length).map { _ in alphabet.randomElement(using: &random)! }
        var text = Array(String(letters).utf8)
        if Int.random(in: 0..<8, using: &random) == 0, !text.isEmpty { text.removeLast() }
        return text
    }

    private func cut(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [[UInt8]] {
        var reads: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...40, using: &random))
            reads.append(Array(bytes[start..<end]))
            start = end
        }
        return reads
    }
}
