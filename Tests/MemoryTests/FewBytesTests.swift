import Memory
import TestSupport
import XCTest

/// Copies and comparisons of every short length, wherever they lie, are those of a plain loop.
final class FewBytesTests: XCTestCase {
    private let lengths = 0...40
    private let alignments = 0...8

    private func forEveryPlace(_ body: (_ length: Int, _ from: Int, _ to: Int) -> Void) {
        for length in lengths {
            for from in alignments {
                for to in alignments { body(length, from, to) }
            }
        }
    }

    func testACopyIsAllOfItsBytesAndNoOthers() {
        forEveryPlace { length, from, to in
            let source = (0..<length + 20).map { UInt8($0 + 1) }
            var target = OwnedBytes([UInt8](repeating: 0xEE, count: length + 20))
            withBytes(source) { bytes in
                let room = target.mutable.dropFirst(2)
                room.copyFew(bytes[from..<from + length], at: to)
            }
            var expected = [UInt8](repeating: 0xEE, count: length + 20)
            for index in 0..<length { expected[2 + to + index] = source[from + index] }
            XCTAssertEqual([UInt8](target.bytes), expected)
        }
    }

    func testACopyMayOverlapItsSource() {
        forEveryPlace { length, from, to in
            let source = (0..<length + 10).map { UInt8($0 + 1) }
            var owned = OwnedBytes(source)
            owned.mutable.copyFew(owned.bytes[from..<from + length], at: to)
            var expected = source
            for index in 0..<length { expected[to + index] = source[from + index] }
            XCTAssertEqual([UInt8](owned.bytes), expected)
        }
    }

    /// What stands around the compared bytes differs, and each of them once.
    func testAComparisonIsOfAllBytesAndNoOthers() {
        forEveryPlace { length, from, to in
            let text = (0..<length).map { UInt8($0 + 1) }
            let left = [UInt8](repeating: 0xAA, count: from) + text + [0xAB]
            var right = [UInt8](repeating: 0xBA, count: to) + text + [0xBB]
            withBytes(left) { left in
                let left = left[from..<from + length]
                withBytes(right) { XCTAssertTrue(left == $0[to..<to + length]) }
                for place in 0..<length {
                    right[to + place] ^= 0x80
                    withBytes(right) { XCTAssertFalse(left == $0[to..<to + length]) }
                    right[to + place] ^= 0x80
                }
            }
        }
    }

    func testDigitsAreReadToTheLastAndOnlyThose() {
        var random = SeededGenerator(seed: 9)
        for count in 1...20 {
            for _ in 0..<200 {
                let text = (0..<count).map { _ in UInt8.random(in: 0x30...0x39, using: &random) }
                let value = Int64(String(decoding: text, as: UTF8.self))
                withBytes([0x39] + text + [0x39]) { bytes in
                    let digits = bytes[1..<1 + count]
                    XCTAssertEqual(digits.plainDecimal, count <= 16 ? value : nil)
                }
            }
            let nines = [UInt8](repeating: 0x39, count: count)
            withBytes(nines) { bytes in
                let value = Int64(String(bytes))
                XCTAssertEqual(bytes.plainDecimal, count <= 16 ? value : nil)
            }
            for place in 0..<count {
                for byte in UInt8.min...UInt8.max where byte < 0x30 || byte > 0x39 {
                    var text = nines
                    text[place] = byte
                    withBytes(text) { XCTAssertNil($0.plainDecimal, "\(byte) at \(place)") }
                }
            }
        }
        XCTAssertNil(Bytes.empty.plainDecimal)
    }
}
