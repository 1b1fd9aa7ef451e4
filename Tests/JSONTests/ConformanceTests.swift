import JSON
import TestSupport
import XCTest

final class ConformanceTests: XCTestCase {
    func testEveryTextOfTheGrammarIsAccepted() {
        var count = 0
        for (rule, texts) in acceptedTexts {
            for text in texts {
                count += 1
                if case .failure(let error) = read(text) {
                    XCTFail("\(rule): \(text.debugDescription) is refused as \(error)")
                }
            }
        }
        XCTAssertGreaterThanOrEqual(count, 95)
    }

    func testEveryOtherTextIsRefusedForItsFirstFault() {
        var seen = Set<[UInt8]>()
        for (expected, texts) in refusedTexts {
            for text in texts {
                XCTAssertTrue(seen.insert(text).inserted, "twice: \(show(text))")
                switch read(text) {
                case .success(let tree): XCTFail("\(show(text)) is accepted as \(tree)")
                case .failure(let error): XCTAssertEqual(error, expected, show(text))
                }
            }
        }
        XCTAssertGreaterThanOrEqual(seen.count, 188)
    }

    /// What closes itself (a container or a string) cannot end before its end. Bare
    /// numbers can: "1" begins "12".
    func testNoProperPrefixOfAClosedTextIsAccepted() {
        for text in acceptedTexts.flatMap(\.texts) {
            let bytes = Array(text.utf8)
            let trimmed = Array(text.trimmingCharacters(in: .whitespacesAndNewlines).utf8)
            guard trimmed.first.map({ "[{\"tfn".utf8.contains($0) }) == true else { continue }
            let end = bytes.lastIndex { !" \t\r\n".utf8.contains($0) }!
            for length in 0...end {
                guard case .failure = read(Array(bytes[..<length])) else {
                    XCTFail("\(length) bytes of \(text.debugDescription) are accepted")
                    continue
                }
            }
        }
    }

    func testAnEndlessStringIsRefusedWithoutLookingPastIt() {
        for length in 0..<40 {
            let text = [UInt8(ascii: "\"")] + Array(repeating: UInt8(ascii: "a"), count: length)
            XCTAssertEqual(read(text), .failure(.unexpectedEnd))
            XCTAssertEqual(read(text + [0x1]), .failure(.controlCharacter))
            XCTAssertEqual(read(text + [0xC3]), .failure(.invalidUTF8))
        }
    }

    func testEverySingleByteIsJudged() {
        for byte in UInt8.min...UInt8.max {
            let isDigit = byte >= 0x30 && byte <= 0x39
            if case .success = read([byte]) {
                XCTAssertTrue(isDigit, "\(byte)")
            } else {
                XCTAssertFalse(isDigit, "\(byte)")
            }
        }
    }

    func testEveryErrorHasItsOwnMessage() {
        let messages = refusedTexts.map { "\($0.error.description)" }
        XCTAssertEqual(Set(messages).count, messages.count)
        XCTAssertTrue(messages.allSatisfy { !$0.isEmpty })
    }

    private func show(_ text: [UInt8]) -> String {
        String(decoding: text.prefix(60), as: UTF8.self).debugDescription + " \(text.prefix(20))"
    }
}
