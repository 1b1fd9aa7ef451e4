import Memory
import UnicodeText
import XCTest

final class WordTests: XCTestCase {
    /// The words of a text, those that adjoin what is before them behind a plus sign.
    private func words(_ text: String) -> [String] { words(Array(text.utf8)) }

    private func words(_ bytes: [UInt8]) -> [String] {
        bytes.withUnsafeBufferPointer { buffer in
            let base = buffer.baseAddress ?? Bytes.empty.base
            var reader = WordReader(Bytes(base: base, count: buffer.count))
            var found: [String] = []
            while reader.next() {
                let word = reader.word
                let text = withUnsafeBytes(of: word.bytes) {
                    String(decoding: $0.prefix(Int(word.count)), as: UTF8.self)
                }
                found.append((word.is_character && word.adjoins ? "+" : "") + text)
            }
            return found
        }
    }

    func testFolding() {
        for (text, folded) in [
            ("шёлк", "шелк"), ("Καφές", "καφεσ"), ("ΚΑΦΕΣ", "καφεσ"), ("مُحَمَّد", "محمد"),
            ("Größe", "grosse"), ("GRÖSSE", "grosse"), ("łódź", "lodz"), ("Øre", "ore"), ("Đà", "da"),
            ("e\u{301}te\u{301}", "ete"), ("ＡＢＣ１", "abc1"), ("İstanbul", "istanbul"),
            ("ı", "i"), ("Æon", "aeon"), ("ﬁre", "fire"), ("soft\u{AD}hyphen", "softhyphen"),
            ("می\u{200C}خواهم", "میخواهم"),
        ] { XCTAssertEqual(words(text), [folded], text) }
    }

    func testWords() {
        XCTAssertEqual(words("The quick, brown-fox's"), ["the", "quick", "brown", "fox", "s"])
        XCTAssertEqual(words(""), [])
        XCTAssertEqual(words(" -*\"() "), [])
        XCTAssertEqual(words("a1 ½ x²"), ["a1", "12", "x2"])
    }

    func testScriptsWithoutSpaces() {
        XCTAssertEqual(words("还有 可能"), ["还", "+有", "可", "+能"])
        XCTAssertEqual(words("テスト"), ["テ", "+ス", "+ト"])
        XCTAssertEqual(words("ﾃｽﾄ"), ["テ", "+ス", "+ト"])
        XCTAssertEqual(words("ab能c"), ["ab", "+能", "c"])
        XCTAssertEqual(words("한글"), ["한", "+글"])
        XCTAssertEqual(words("\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF}"), ["한", "+글"])
        XCTAssertEqual(words("ไทย"), ["ไ", "+ท", "+ย"])
    }

    func testEmoji() {
        XCTAssertEqual(words("ok👍🏽!"), ["ok", "+👍"])
        XCTAssertEqual(words("👨‍👩"), ["👨", "+👩"])
        XCTAssertEqual(words("🇩🇪🇺🇸"), ["🇩🇪", "+🇺🇸"])
        XCTAssertEqual(words("❤️ ™"), ["❤", "™"])
    }

    func testHostileBytes() {
        XCTAssertEqual(words([0x61, 0xFF, 0x62, 0xC3]), ["a", "b"])
        XCTAssertEqual(words([0]), [])
        XCTAssertEqual(words([0xF4, 0x90, 0x80, 0x80]), [])
        XCTAssertEqual(words(String(repeating: "x", count: 500)).first?.count, 61)
        XCTAssertEqual(words("a" + String(repeating: "\u{301}", count: 4_000)), ["a"])
        _ = words(String(repeating: "\u{FDFA}", count: 100))
        var number: UInt64 = 88_172_645_463_325_252
        for _ in 0..<2_000 {
            let bytes = (0..<24).map { _ in
                number ^= number << 13
                number ^= number >> 7
                number ^= number << 17
                return UInt8(truncatingIfNeeded: number)
            }
            _ = words(bytes)
        }
    }
}
