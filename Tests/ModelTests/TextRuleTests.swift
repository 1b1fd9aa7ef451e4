import Model
import TestSupport
import XCTest

private typealias Violation = TextRule.Violation

private let line = TextRule(scalarsMax: 8, whitespace: .trimmedLine)
private let message = TextRule(scalarsMax: 8, whitespace: .paragraphs)
private let description = TextRule(scalarsMax: 8, whitespace: .optionalParagraphs)

private func violation(_ bytes: [UInt8], _ rule: TextRule) -> Violation? {
    withBytes(bytes) { rule.violation(in: $0) }
}

private func violation(_ text: String, _ rule: TextRule) -> Violation? {
    violation(Array(text.utf8), rule)
}

final class TextRuleTests: XCTestCase {
    func testEachRuleNamesWhatIsWrong() {
        let table: [(String, line: Violation?, message: Violation?, description: Violation?)] = [
            ("a", nil, nil, nil),
            ("a b", nil, nil, nil),
            ("12345678", nil, nil, nil),
            ("123456789", .tooLong, .tooLong, .tooLong),
            ("", .tooShort, .tooShort, nil),
            (" ", .blank, .blank, nil),
            ("\u{3000}\u{2003} ", .blank, .blank, nil),
            (" a", .untrimmed, nil, nil),
            ("a ", .untrimmed, nil, nil),
            ("a\u{A0}", .untrimmed, nil, nil),
            ("\u{2028}a", .untrimmed, nil, nil),
            ("a\tb", .controlCharacter, nil, nil),
            ("a\r\nb", .controlCharacter, nil, nil),
            ("\t\r\n", .controlCharacter, .blank, nil),
            ("a\u{B}b", .controlCharacter, .controlCharacter, .controlCharacter),
            ("a\u{0}", .controlCharacter, .controlCharacter, .controlCharacter),
            ("a\u{7F}", .controlCharacter, .controlCharacter, .controlCharacter),
            ("\u{85}a", .controlCharacter, .controlCharacter, .controlCharacter),
            ("\u{200B}", nil, nil, nil),
            ("        ", .blank, .blank, nil),
            ("         ", .tooLong, .tooLong, .tooLong),
        ]
        for (text, inLine, inMessage, inDescription) in table {
            let name = text.debugDescription
            XCTAssertEqual(violation(text, line), inLine, "\(name) as a line")
            XCTAssertEqual(violation(text, message), inMessage, "\(name) as a message")
            XCTAssertEqual(violation(text, description), inDescription, "\(name) as a description")
        }
    }

    func testLengthsAreScalarsNotBytes() {
        for scalar in ["a", "\"", "é", "€", "\u{FFFF}", "\u{10000}", "😀", "\u{10FFFF}", "\u{301}"] {
            for rule in [line, message, description] {
                XCTAssertNil(violation(String(repeating: scalar, count: 8), rule), scalar)
                XCTAssertEqual(
                    violation(String(repeating: scalar, count: 9), rule), .tooLong, scalar)
            }
        }
        XCTAssertNil(violation("👩‍👩‍👧‍👦x", line), "one character, but seven scalars")
        XCTAssertEqual(violation("👩‍👩‍👧‍👦xy", line), .tooLong)
    }

    /// Scalar values alone and beside letters, judged by the standard library's tables: every
    /// one up to U+3400, behind which only samples are taken.
    func testWhiteSpaceAndControlCharactersAreUnicodes() {
        var wrong: [String] = []
        for value in Array(0...0x3400) + Array(stride(from: UInt32(0x3401), to: 0x11_0000, by: 61)) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let isControl = scalar.properties.generalCategory == .control
            let isSpace = scalar.properties.isWhitespace
            let isLineEnd = [0x09, 0x0A, 0x0D].contains(value)
            let alone: Violation? = isControl ? .controlCharacter : isSpace ? .blank : nil
            let atTheEnd: Violation? = isControl ? .controlCharacter : isSpace ? .untrimmed : nil
            let paragraph: Violation? =
                isControl && !isLineEnd ? .controlCharacter : isSpace ? .blank : nil
            let utf8 = Array(String(scalar).utf8)
            let rejects = isControl && !isLineEnd
            let isRight =
                violation(utf8, line) == alone
                && violation([0x61] + utf8, line) == atTheEnd
                && violation(utf8 + [0x61], line) == atTheEnd
                && violation([0x61] + utf8 + [0x61], line) == (isControl ? .controlCharacter : nil)
                && violation(utf8, message) == paragraph
                && violation([0x61] + utf8, message) == (rejects ? .controlCharacter : nil)
                && violation(utf8, description) == (rejects ? .controlCharacter : nil)
            if !isRight { wrong.append(String(value, radix: 16)) }
        }
        XCTAssertEqual(wrong, [])
    }

    func testAControlCharacterIsFoundAnywhere() {
        let rule = TextRule(scalarsMax: 100, whitespace: .paragraphs)
        let harmless: [[UInt8]] = [[0x61], [0xC2, 0xB0], [0xC3, 0x80], [0x0A], [0xF0, 0x9F, 0x8E, 0x89]]
        let controls: [[UInt8]] = [[0x00], [0x1F], [0x7F], [0xC2, 0x80], [0xC2, 0x9F]]
        for around in harmless {
            for before in 0..<20 {
                for after in 0..<20 {
                    let head = [[UInt8]](repeating: around, count: before).joined() + [0x61 as UInt8]
                    let tail = [[UInt8]](repeating: around, count: after).joined()
                    XCTAssertNil(violation([UInt8](head) + tail, rule), "\(around) \(before) \(after)")
                    for control in controls {
                        XCTAssertEqual(
                            violation([UInt8](head) + control + tail, rule), .controlCharacter,
                            "\(control) among \(around), \(before) before, \(after) behind")
                    }
                }
            }
        }
    }

    func testTextThatIsNotUTF8IsRefusedFirst() {
        let table: [[UInt8]] = [
            [0x80], [0xFF], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0x61, 0xC3], [0x00, 0xC3], [0x20, 0xFE],
            [UInt8](repeating: 0x61, count: 20) + [0xC3],
        ]
        for bytes in table {
            for rule in [line, message, description] {
                XCTAssertEqual(violation(bytes, rule), .notUTF8, "\(bytes)")
            }
        }
    }

    func testEveryViolationExplainsItself() {
        let all: [Violation] = [.tooShort, .tooLong, .blank, .untrimmed, .controlCharacter, .notUTF8]
        XCTAssertEqual(Set(all.map { $0.explanation.description }).count, all.count)
    }
}

final class LimitsTests: XCTestCase {
    func testTheDefaultsAreTheProtocols() {
        let limits = Limits()
        let lengths: [(TextRule, Int)] = [
            (limits.username, 32), (limits.name, 64), (limits.description, 512),
            (limits.content, 4_000), (limits.reaction, 64),
        ]
        for (rule, length) in lengths {
            XCTAssertNil(violation([UInt8](repeating: 0x61, count: length), rule))
            XCTAssertEqual(violation([UInt8](repeating: 0x61, count: length + 1), rule), .tooLong)
        }
        XCTAssertEqual(limits.nonceBytesMax, 64)
        XCTAssertEqual(limits.reactionBytesMax, 64)
        XCTAssertEqual(limits.passwordBytesMin, 8)
        XCTAssertEqual(limits.passwordBytesMax, 256)
        XCTAssertEqual(limits.messageBytesMax, 16_384)
        XCTAssertEqual(limits.headBytesMax, 8_192)
        XCTAssertEqual(limits.bodyBytesMax, 65_536)
        XCTAssertEqual(Limits.pageSizes, 1...200)
        XCTAssertEqual(Limits.pageSizeDefault, 50)
    }

    func testWhichTextsMayHaveLinesAndBeEmpty() {
        let limits = Limits()
        for rule in [limits.username, limits.name, limits.reaction] {
            XCTAssertEqual(violation("a\nb", rule), .controlCharacter)
            XCTAssertEqual(violation(" a", rule), .untrimmed)
        }
        XCTAssertNil(violation(" a\nb ", limits.content))
        XCTAssertEqual(violation("", limits.content), .tooShort)
        XCTAssertNil(violation(" a\nb ", limits.description))
        XCTAssertNil(violation("", limits.description))
    }
}
