import Memory
import TestSupport
import XCTest

/// Texts of every length around one and two words, with something at every place of them.
final class WordsTests: XCTestCase {
    private func forEveryPlace(_ body: (_ length: Int, _ place: Int) -> Void) {
        for length in 1...33 {
            for place in 0..<length { body(length, place) }
        }
    }

    func testAByteIsFoundAtEveryPlace() {
        for (byte, other) in [(0x00, 0x01), (0x2C, 0x2D), (0x80, 0x00), (0xFF, 0x7F)] as [(UInt8, UInt8)] {
            forEveryPlace { length, place in
                var text = [UInt8](repeating: other, count: length)
                withBytes(text) { XCTAssertNil($0.firstIndex(of: byte)) }
                text[place] = byte
                text[length - 1] = byte
                withBytes(text) { XCTAssertEqual($0.firstIndex(of: byte), place) }
            }
        }
    }

    func testASearchBeginsWhereItIsTold() {
        forEveryPlace { length, place in
            var text = [UInt8](repeating: 0x61, count: length)
            text[place] = 0x1F
            withBytes(text) { bytes in
                for start in 0...length {
                    let found = bytes.firstIndex(from: start) { $0.marks(below: 0x20) }
                    XCTAssertEqual(found, start <= place ? place : length)
                }
            }
        }
    }

    func testMarksTellBytesFromTheirNeighbours() {
        for byte in UInt8.min...UInt8.max {
            withBytes([byte]) { bytes in
                for other in [0x00, 0x1F, 0x20, 0x7F, 0x80, 0xC2, 0xFF] as [UInt8] {
                    XCTAssertEqual(bytes.firstIndex(of: other) != nil, byte == other)
                }
                let isBelow = bytes.firstIndex(from: 0) { $0.marks(below: 0x20) } == 0
                XCTAssertEqual(isBelow, byte < 0x20, "\(byte)")
            }
        }
    }

    func testADifferenceIsSeenAtEveryPlace() {
        forEveryPlace { length, place in
            let text = (0..<length).map { UInt8($0) }
            var other = text
            other[place] ^= 0x80
            withBytes(text) { left in
                withBytes(Array(text)) { XCTAssertTrue(left == $0) }
                withBytes(other) { XCTAssertFalse(left == $0) }
            }
        }
    }

    func testWordsAreAllBytesOnceAndZerosBehind() {
        for length in 0...33 {
            let text = (0..<length).map { UInt8($0 + 1) }
            var seen: [UInt8] = []
            withBytes(text) { bytes in
                bytes.forEachWord { word in
                    withUnsafeBytes(of: word.littleEndian) { seen += $0 }
                }
            }
            XCTAssertEqual(Array(seen.prefix(length)), text)
            XCTAssertTrue(seen.dropFirst(length).allSatisfy { $0 == 0 })
        }
    }
}
