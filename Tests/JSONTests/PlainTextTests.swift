import Memory
import TestSupport
import XCTest

@testable import JSON

/// What is found a word at a time is what a plain loop finds.
final class PlainTextTests: XCTestCase {
    private func isSpecial(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x22 || byte == 0x5C || byte >= 0x80
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// Carries and borrows go from a byte to the one above it: so every pair of bytes, at each
    /// place of a word and of what is left behind the last whole one.
    func testEveryByteIsJudgedRightBesideEveryOther() {
        for length in [2, 3, 4, 7, 8, 11] {
            var text = OwnedBytes([UInt8](repeating: UInt8(ascii: "7"), count: length))
            let (memory, bytes) = (text.mutable, text.bytes)
            for place in 0..<length - 1 {
                for first in UInt8.min...UInt8.max {
                    memory[place] = first
                    for second in UInt8.min...UInt8.max {
                        memory[place + 1] = second
                        let special = isSpecial(first) ? place : isSpecial(second) ? place + 1 : length
                        let digits = !isDigit(first) ? place : !isDigit(second) ? place + 1 : length
                        guard bytes.firstSpecial(from: 0) == special,
                            bytes.endOfDigits(from: 0) == digits
                        else { return XCTFail("\(first), \(second) at \(place) of \(length)") }
                    }
                }
                memory[place] = UInt8(ascii: "7")
                memory[place + 1] = UInt8(ascii: "7")
            }
        }
    }

    func testRandomTextsAreJudgedRightFromEveryPlace() {
        var random = Seeded(seed: 11)
        let alphabet: [UInt8] = [0x00, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x2F, 0x30, 0x39, 0x3A, 0x5B,
            0x5C, 0x5D, 0x7F, 0x80, 0xA0, 0xDC, 0xFF]
        for length in 0...40 {
            for _ in 0..<50 {
                let text = (0..<length).map { _ in
                    random.next() % 8 == 0 ? alphabet.randomElement(using: &random)! : 0x35
                }
                withBytes(text) { bytes in
                    for start in 0...length {
                        XCTAssertEqual(
                            bytes.firstSpecial(from: start),
                            text[start...].firstIndex(where: isSpecial) ?? length)
                        XCTAssertEqual(
                            bytes.endOfDigits(from: start),
                            text[start...].firstIndex { !isDigit($0) } ?? length)
                        XCTAssertEqual(
                            bytes.endOfNonASCII(from: start),
                            text[start...].firstIndex { $0 < 0x80 } ?? length)
                    }
                }
            }
        }
    }
}
