import TestSupport
import WebSocket
import XCTest

final class FragmentationTests: XCTestCase {
    private func fragments(of text: [UInt8], sizes: [Int], _ opcode: Opcode) -> [ClientFrame] {
        var frames: [ClientFrame] = []
        var start = 0
        for (index, size) in sizes.enumerated() {
            let piece = Array(text[start..<start + size])
            let kind = index == 0 ? opcode : .continuation
            frames.append(ClientFrame(kind, piece, final: index == sizes.count - 1))
            start += size
        }
        return frames
    }

    func testFragmentsOfAnySizeMakeOneMessage() {
        let text = Array("Größe €uro 🦆".utf8)
        for first in 0...text.count {
            let frames = fragments(of: text, sizes: [first, text.count - first], .text)
            assertOutcomes(frames.flatMap(\.bytes), [.text(text)])
        }
        let single = fragments(of: text, sizes: text.map { _ in 1 } + [0], .text)
        assertOutcomes(single.flatMap(\.bytes), [.text(text)])
        let binary: [UInt8] = [0xFF, 0xFE, 0, 0xC0]
        assertOutcomes(
            fragments(of: binary, sizes: [0, 3, 0, 1, 0], .binary).flatMap(\.bytes),
            [.binary(binary)])
        assertOutcomes(
            fragments(of: [], sizes: [0, 0, 0], .text).flatMap(\.bytes), [.text("")])
    }

    func testControlFramesBetweenFragmentsComeFirst() {
        let bytes = stream(
            ClientFrame(.text, "one ", final: false),
            ClientFrame(.ping, "p"),
            ClientFrame(.continuation, "two ", final: false),
            ClientFrame(.pong, []),
            ClientFrame(.ping, [UInt8](repeating: 7, count: 125)),
            ClientFrame(.continuation, "three"),
            ClientFrame(.text, "four"))
        assertOutcomes(
            bytes,
            [
                .ping([0x70]), .pong([]), .ping([UInt8](repeating: 7, count: 125)),
                .text("one two three"), .text("four"),
            ])
    }

    /// The message fills its part of the buffer, the ping the part behind it, to the last byte.
    func testAControlFrameFitsBehindTheLargestMessage() {
        let message = [UInt8](repeating: 0x61, count: 64)
        let ping = [UInt8](repeating: 0x70, count: 125)
        let bytes = stream(
            ClientFrame(.text, message, final: false), ClientFrame(.ping, ping),
            ClientFrame(.continuation))
        assertOutcomes(bytes, [.ping(ping), .text(message)], messageBytesMax: 64)
    }

    func testACloseFrameEndsAnUnfinishedMessage() {
        let bytes = stream(
            ClientFrame(.text, "never ", final: false), ClientFrame.close(1001, [0x78]),
            ClientFrame(.continuation, "whole"))
        assertOutcomes(bytes, [.close(1001, [0x78])])
    }

    func testUTF8IsCheckedAcrossFragments() {
        let duck = Array("🦆".utf8)
        let whole = fragments(of: duck, sizes: [1, 2, 1], .text)
        let ping = ClientFrame(.ping, [0xFF])
        let bytes = whole[0].bytes + ping.bytes + whole[1].bytes + ping.bytes + whole[2].bytes
        assertOutcomes(bytes, [.ping([0xFF]), .ping([0xFF]), .text(duck)])

        let truncated = fragments(of: Array(duck.dropLast()), sizes: [1, 2, 0], .text)
        assertRefused(truncated.flatMap(\.bytes), .invalidText)
    }
}
