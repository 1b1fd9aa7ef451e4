import Memory
import TestSupport
import XCTest

final class ByteWriterTests: XCTestCase {
    private func written(
        capacity: Int = 64, _ body: (inout ByteWriter) -> Void
    ) -> (text: String, overflowed: Bool) {
        var storage = OwnedBytes([UInt8](repeating: 0xEE, count: capacity + 1))
        var out = ByteWriter(storage.mutable.prefix(capacity))
        body(&out)
        XCTAssertEqual(storage.mutable[capacity], 0xEE, "nothing is written past the end")
        XCTAssertEqual(out.count + out.free, out.capacity)
        return (String(out.bytes), out.overflowed)
    }

    func testAppendsInOrder() {
        let result = written {
            $0.append(UInt8(ascii: "a"))
            $0.append("bc")
            $0.append(Bytes("de"))
            $0.append("")
        }
        XCTAssertEqual(result.text, "abcde")
        XCTAssertFalse(result.overflowed)
    }

    func testWhatDoesNotFitIsDroppedAndRemembered() {
        let table: [(name: String, (inout ByteWriter) -> Void)] = [
            ("byte", { $0.append(UInt8(ascii: "x")) }),
            ("text", { $0.append("x") }),
            ("decimal", { $0.appendDecimal(7) }),
            ("hex", { $0.appendHex(7, digits: 1) }),
        ]
        for (name, append) in table {
            let full = written(capacity: 4) {
                $0.append("abc")
                append(&$0)
            }
            XCTAssertFalse(full.overflowed, name)
            let over = written(capacity: 3) {
                $0.append("abc")
                append(&$0)
                append(&$0)
            }
            XCTAssertEqual(over.text, "abc", name)
            XCTAssertTrue(over.overflowed, name)
        }
        let part = written(capacity: 3) { $0.append("abcd") }
        XCTAssertEqual(part.text, "", "no half of it is written")
    }

    func testOverflowIsRememberedThoughLaterBytesFit() {
        let result = written(capacity: 3) {
            $0.append("abcd")
            $0.append("ab")
        }
        XCTAssertTrue(result.overflowed)
    }

    func testDecimals() {
        var table: [Int64] = [0, 1, 9, 10, 11, 99, 100, 101, -1, -10, .max, .min]
        var power: Int64 = 10
        while power < Int64.max / 10 {
            table += [power - 1, power, power + 1, -power]
            power *= 10
        }
        // Every pair of digits, at each place of eight.
        for pair in 0...99 as ClosedRange<Int64> {
            for place in [1, 100, 10_000, 1_000_000] as [Int64] { table.append(pair * place) }
        }
        for value in table {
            XCTAssertEqual(written { $0.appendDecimal(value) }.text, String(value))
            let digits = String(value).utf8.count
            XCTAssertFalse(written(capacity: digits) { $0.appendDecimal(value) }.overflowed)
            XCTAssertTrue(written(capacity: digits - 1) { $0.appendDecimal(value) }.overflowed)
        }
        XCTAssertEqual(written { $0.appendDecimal(Int(42)) }.text, "42")
    }

    func testANumberIsWrittenWhereItBelongs() {
        var value: Int64 = 1
        for _ in 0..<19 {
            for start in 0...8 {
                let before = String(repeating: "x", count: start)
                let result = written(capacity: start + 24) {
                    $0.append(lend(before))
                    $0.appendDecimal(value)
                    $0.append("y")
                    $0.appendDecimal(-value)
                }
                let capacityIsEnough = start + 2 * String(value).utf8.count + 2 <= start + 24
                XCTAssertEqual(result.overflowed, !capacityIsEnough)
                if capacityIsEnough {
                    XCTAssertEqual(result.text, "\(before)\(value)y-\(value)")
                }
            }
            value = value &* 10 &+ 7
        }
    }

    func testRoomIsGivenWholeOrNotAtAll() {
        let result = written(capacity: 4) {
            $0.append("a")
            let room = $0.extend(by: 2)
            XCTAssertEqual(room?.count, 2)
            room?.copy(Bytes("bc"), at: 0)
            XCTAssertEqual($0.extend(by: 0)?.count, 0)
            $0.extend(by: 1)?[0] = UInt8(ascii: "d")
            XCTAssertFalse($0.overflowed, "all of it may be filled")
            XCTAssertNil($0.extend(by: 1))
        }
        XCTAssertEqual(result.text, "abcd")
        XCTAssertTrue(result.overflowed)
        for length in [-1, .min, .max] {
            let refused = written(capacity: 4) { XCTAssertNil($0.extend(by: length)) }
            XCTAssertEqual(refused.text, "")
            XCTAssertTrue(refused.overflowed)
        }
    }

    func testBytesOfIntegersGoLowestFirst() {
        XCTAssertEqual(written { $0.append(littleEndian: 0x6463_6261 as UInt32) }.text, "abcd")
        XCTAssertEqual(
            written { $0.append(littleEndian: 0x6867_6665_6463_6261 as Int64) }.text, "abcdefgh")
        XCTAssertTrue(written(capacity: 7) { $0.append(littleEndian: 1 as Int64) }.overflowed)
    }

    func testHexadecimals() {
        let table: [(UInt64, Int, String)] = [
            (0, 1, "0"), (0, 4, "0000"), (0xA, 2, "0a"), (0xBEEF, 4, "beef"),
            (0x12345, 4, "2345"), (0x0123_4567_89AB_CDEF, 16, "0123456789abcdef"),
            (.max, 16, "ffffffffffffffff"),
        ]
        for (value, digits, expected) in table {
            XCTAssertEqual(written { $0.appendHex(value, digits: digits) }.text, expected)
        }
    }

    func testRewindingForgetsWhatCameAfterTheMark() {
        let result = written(capacity: 8) {
            $0.append("abc")
            let mark = $0.count
            $0.append("too long for it")
            XCTAssertTrue($0.overflowed)
            $0.rewind(to: mark)
            XCTAssertFalse($0.overflowed)
            $0.append("de")
        }
        XCTAssertEqual(result.text, "abcde")
        XCTAssertEqual(
            written {
                $0.append("abc")
                $0.removeAll()
                $0.append("d")
            }.text, "d")
    }

    func testAProducerMayFillTheRestItself() {
        let result = written(capacity: 8) {
            $0.append("ab")
            XCTAssertEqual($0.rest.count, 6)
            $0.rest.copy(Bytes("cd"), at: 0)
            $0.advance(by: 2)
            $0.written[0] = UInt8(ascii: "A")
        }
        XCTAssertEqual(result.text, "Abcd")
    }
}
