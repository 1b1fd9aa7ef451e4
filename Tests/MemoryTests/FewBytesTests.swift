import Memory
import TestSupport
import XCTest

/// Comparisons of every short length, wherever they lie, are those of a plain loop.
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
}
