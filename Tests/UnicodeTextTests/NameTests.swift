import Memory
import UnicodeText
import XCTest

final class NameTests: XCTestCase {
    private func withBytes<Result>(_ text: String, _ body: (Bytes) -> Result) -> Result {
        Array(text.utf8).withUnsafeBufferPointer { buffer in
            body(Bytes(base: buffer.baseAddress ?? Bytes.empty.base, count: buffer.count))
        }
    }

    private func skeleton(_ name: String) -> [UInt8] {
        let memory = MutableBytes.allocate(NameForm.skeletonBytesMax)
        defer { memory.base.deallocate() }
        return withBytes(name) { name in
            let skeleton = NameForm.skeleton(of: name, into: memory)
            return (0..<skeleton.count).map { skeleton[$0] }
        }
    }

    private func fault(_ name: String, _ unmixed: NameForm.Unmixed = .whole) -> NameForm.Fault? {
        withBytes(name) { NameForm.fault(in: $0, unmixed: unmixed) }
    }

    func testFineNames() {
        for name in [
            "anna", "Åse", "李雷", "Николай", "Μαρία", "👨‍👩‍👧", "❤️", "1️⃣", "می‌خواهم", "क्‍ष", "café 2",
            "東京タワー", "a_b-c.d",
        ] { XCTAssertNil(fault(name), name) }
    }

    func testInvisibleCharacters() {
        for name in [
            "\u{200B}", "admin\u{AD}", "a\u{202E}b", "a\u{2066}b", "a\u{200D}b", "a\u{FE0F}b",
            "\u{3164}", "\u{FEFF}a", "a\u{E0061}", "\u{115F}", "ab\u{200C}", "a\u{2028}b", "\u{2800}",
            "\u{180E}", "a\u{E000}", "👍\u{200D}", "\u{200D}👍", "ا\u{200C}",
        ] { XCTAssertEqual(fault(name), .invisible, name.debugDescription) }
    }

    func testMixedScripts() {
        for name in ["\u{430}dmin", "αdmin", "Αлиса", "ａ\u{430}"] {
            XCTAssertEqual(fault(name), .mixed, name)
            XCTAssertEqual(fault(name, .words), .mixed, name)
        }
        XCTAssertEqual(fault("Anna Анна"), .mixed)
        XCTAssertNil(fault("Anna Анна", .words))
    }

    func testLookalikes() {
        for (left, right) in [
            ("admin", "ADMIN"), ("admin", "ａｄｍｉｎ"), ("scope", "ѕсоре"), ("BOB", "ВОВ"),
            ("b0b", "bob"), ("Ill1", "1lIi"), ("straße", "STRASSE"), ("café", "cafe\u{301}"),
            ("admin", "ad\u{AD}min"), ("ΚΑΤΟ", "kato"), ("\u{1D41A}nna", "anna"),
        ] { XCTAssertEqual(skeleton(left), skeleton(right), "\(left) \(right)") }
        for (left, right) in [("burn", "bum"), ("anna", "ana"), ("café", "cafe"), ("é", "è")] {
            XCTAssertNotEqual(skeleton(left), skeleton(right), "\(left) \(right)")
        }
    }

    func testNormalForms() {
        let memory = MutableBytes.allocate(64)
        defer { memory.base.deallocate() }
        withBytes("e\u{301}") { text in
            XCTAssertTrue(NormalForm.composed.write(text, into: memory).map { $0 == "\u{E9}" } ?? false)
        }
        withBytes("\u{E9}") { text in
            XCTAssertTrue(
                NormalForm.decomposed.write(text, into: memory).map { $0 == "e\u{301}" } ?? false)
            XCTAssertNil(NormalForm.decomposed.write(text, into: memory.prefix(2)))
        }
        withBytes(String(repeating: "x", count: 5_000)) { text in
            XCTAssertNil(NormalForm.composed.write(text, into: memory))
        }
        XCTAssertTrue(NormalForm.composed.write(.empty, into: memory)?.isEmpty ?? false)
    }
}
