import Memory
import TestSupport
import XCTest

final class BytesTests: XCTestCase {
    func testAViewSeesItsBytes() {
        var owned = OwnedBytes("chat server")
        let bytes = owned.bytes
        XCTAssertEqual(bytes.count, 11)
        XCTAssertEqual(bytes[0], UInt8(ascii: "c"))
        XCTAssertEqual(bytes[10], UInt8(ascii: "r"))
        XCTAssertEqual(String(bytes[5..<11]), "server")
        XCTAssertEqual(String(bytes.prefix(4)), "chat")
        XCTAssertEqual(String(bytes.dropFirst(5)), "server")
        XCTAssertEqual(bytes[5..<11].base, bytes.base + 5, "a part is no copy")
        XCTAssertTrue(bytes[3..<3].isEmpty)
        XCTAssertTrue(bytes.dropFirst(11).isEmpty)
        XCTAssertTrue(Bytes.empty.isEmpty)
        XCTAssertFalse(bytes.isEmpty)
    }

    func testFirstIndex() {
        XCTAssertEqual(Bytes("a,b,c").firstIndex(of: UInt8(ascii: ",")), 1)
        XCTAssertEqual(Bytes("abc").firstIndex(of: UInt8(ascii: "a")), 0)
        XCTAssertEqual(Bytes("abc").firstIndex(of: UInt8(ascii: "c")), 2)
        XCTAssertNil(Bytes("abc").firstIndex(of: UInt8(ascii: "d")))
        XCTAssertNil(Bytes("").firstIndex(of: 0))
    }

    func testComparison() {
        let table: [(StaticString, StaticString, equal: Bool, begins: Bool, folded: Bool)] = [
            ("", "", true, true, true),
            ("a", "", false, true, false),
            ("", "a", false, false, false),
            ("chat", "chat", true, true, true),
            ("chat", "chaT", false, false, true),
            ("Chat", "cHAT", false, false, true),
            ("chats", "chat", false, true, false),
            ("chat", "chats", false, false, false),
            ("dhat", "chat", false, false, false),
            ("[", "{", false, false, false),
            ("@", "`", false, false, false),
            ("É", "é", false, false, false),
        ]
        for (left, right, equal, begins, folded) in table {
            XCTAssertEqual(Bytes(left) == right, equal, "\(left) == \(right)")
            XCTAssertEqual(Bytes(left) == Bytes(right), equal, "\(left) == \(right)")
            XCTAssertEqual(right ~= Bytes(left), equal, "\(left) ~= \(right)")
            XCTAssertEqual(Bytes(left).starts(with: right), begins, "\(left) starts \(right)")
            XCTAssertEqual(
                Bytes(left).equalsIgnoringCase(right), folded, "\(left) folded \(right)")
        }
    }

    func testTrimming() {
        let table: [(StaticString, StaticString)] = [
            ("", ""), (" ", ""), ("\t \t", ""), ("a", "a"), (" a", "a"), ("a\t", "a"),
            ("  a b\t ", "a b"), ("\ra\n", "\ra\n"),
        ]
        for (text, trimmed) in table {
            XCTAssertEqual(String(Bytes(text).trimmed), String(Bytes(trimmed)))
        }
    }

    func testOnlyLettersHaveALowerCase() {
        for byte in UInt8.min...UInt8.max {
            let isUpper = ("A"..."Z").contains(Character(UnicodeScalar(byte)))
            XCTAssertEqual(lowercased(byte), isUpper ? byte + 32 : byte)
            XCTAssertEqual(isBlank(byte), byte == 32 || byte == 9)
        }
    }

    func testBytesAreChangedInPlace() {
        var owned = OwnedBytes("abcdef")
        let mutable = owned.mutable
        mutable[0] = UInt8(ascii: "X")
        mutable[2..<4][1] = UInt8(ascii: "Y")
        XCTAssertEqual(String(owned.bytes), "XbcYef")
        XCTAssertEqual(String(mutable.prefix(2).bytes), "Xb")
        XCTAssertEqual(String(mutable.dropFirst(4).bytes), "ef")
    }

    func testCopiesMayOverlap() {
        var forward = OwnedBytes("abcdef")
        forward.mutable.copy(forward.bytes.prefix(4), at: 2)
        XCTAssertEqual(String(forward.bytes), "ababcd")
        var backward = OwnedBytes("abcdef")
        backward.mutable.copy(backward.bytes.dropFirst(2), at: 0)
        XCTAssertEqual(String(backward.bytes), "cdefef")
        backward.mutable.copy(.empty, at: 6)
        XCTAssertEqual(String(backward.bytes), "cdefef")
    }

    func testMemoryOfNoBytesCanBeAllocated() {
        let memory = MutableBytes.allocate(0)
        defer { memory.base.deallocate() }
        XCTAssertEqual(memory.count, 0)
    }
}
