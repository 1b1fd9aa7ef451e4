import Foundation
import Model
import TestSupport
import XCTest

/// Texts that a client should not send: they cost it an error message, and nobody a trap.
final class HostileInputTests: XCTestCase {
    /// The scratch memory is exactly twice the text; were it too small, text would be cut off.
    func testScratchOfTwiceTheTextIsEnough() {
        var limits = Limits()
        limits.contentScalarsMax = 20_000
        limits.nonceBytesMax = 20_000
        for escape in ["\\n", "\\\"", "\\u00e9", "\\u20AC", "\\uD83D\\uDE00", "a"] {
            for (contents, nonces) in [(1, 2_000), (2_000, 1), (900, 900), (0, 2_000)] {
                // One escape is enough for the whole of a text to be decoded.
                let content = "\\t" + String(repeating: escape, count: contents) + "x"
                let nonce = "\\t" + String(repeating: escape, count: nonces) + "x"
                let decodedContent = decoded(content)
                let decodedNonce = decoded(nonce)
                let start = #"{"type":"chat_written","channelId":7,"nonce":"\#(nonce)","content":"#
                XCTAssertEqual(
                    messageOutcome(start + "\"\(content)\"}", limits: limits),
                    "chat_written channel=7 [\(decodedContent)] thread=- sentAt=- "
                        + "nonce=[\(decodedNonce)]")
                XCTAssertEqual(
                    messageOutcome(start + "\"\(content)\\u0000\"}", limits: limits),
                    "invalid_message: content must not contain control characters "
                        + "nonce=[\(decodedNonce)]")
                XCTAssertEqual(
                    messageOutcome(start + "\"\(content)\",\"sentAt\":\"\"}", limits: limits),
                    "invalid_message: sentAt must be an integer nonce=[\(decodedNonce)]")
            }
        }
    }

    private func decoded(_ json: String) -> String {
        let data = Data("\"\(json)\"".utf8)
        let value = try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
        return value as? String ?? "not a string"
    }

    /// Bytes changed, removed, doubled or put in: the outcome is a value or an error, and what
    /// is accepted is JSON to Foundation too and holds the same content.
    func testDamagedTextsNeverTrap() throws {
        var random = SeededGenerator(seed: 4)
        let alphabet = Array("[]{},:\"\\0129-+.eEnultrasf \n\u{0}é€uD8".utf8) + [0xFF, 0x80, 0xED]
        var accepted = 0
        var codes = Set<String>()
        for round in 0..<12_000 {
            var text = seeds[round % seeds.count]
            for _ in 0...Int.random(in: 0...2, using: &random) {
                let index = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: text[index] = alphabet.randomElement(using: &random)!
                case 1: text.insert(alphabet.randomElement(using: &random)!, at: index)
                case 2: text.insert(contentsOf: text[index...].prefix(9), at: index)
                default: text.remove(at: index)
                }
            }
            let name = String(decoding: text, as: UTF8.self)
            let outcome = messageOutcome(text)
            _ = newChatOutcome(name)
            _ = newChannelOutcome(name)
            _ = credentialsOutcome(name)
            guard outcome.hasPrefix("chat_") else {
                codes.insert(String(outcome.prefix { $0 != ":" }))
                continue
            }
            accepted += 1
            let value = try JSONSerialization.jsonObject(with: Data(text))
            let object = try XCTUnwrap(value as? [String: Any], name)
            let type = try XCTUnwrap(object["type"] as? String, name)
            XCTAssertTrue(outcome.hasPrefix(type + " "), name)
            guard type == "chat_written" else { continue }
            let content = try XCTUnwrap(object["content"] as? String, name)
            XCTAssertTrue(outcome.contains(" [\(content)] "), name)
        }
        XCTAssertGreaterThan(accepted, 500)
        XCTAssertEqual(codes, ["malformed_json", "invalid_message", "unknown_type"])
    }

    private let seeds = [
        #"{"type":"chat_written","channelId":11,"threadId":null,"content":"hé \"you\"\n","nonce":"a1"}"#,
        #"{"sentAt":1e3,"threadId":7.0,"channelId":11,"type":"chat_typing"}"#,
        #"{"type":"chat_reaction","chatId":5,"reaction":"\uD83D\uDE00","adding":true,"nonce":"\t"}"#,
        #"{"name":"general","capabilities":["text"],"username":"ann","password":"12345678"}"#,
    ].map { Array($0.utf8) }

    /// Messages in random order, spelling and spacing mean what was meant.
    func testEverySpellingOfAMessageIsRead() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<3_000 {
            let content = randomText(using: &random)
            let nonce = randomText(using: &random)
            let channel = Int64.random(in: 0...(1 << 53), using: &random)
            let thread = Bool.random(using: &random) ? Int64.random(in: 0...9, using: &random) : nil
            var members = [
                "\(spelled("type", &random)):\(spelled("chat_written", &random))",
                "\(spelled("channelId", &random)):\(channel)",
                "\(spelled("threadId", &random)):\(thread.map { "\($0)" } ?? "null")",
                "\(spelled("content", &random)):\(spelled(content, &random))",
                "\(spelled("nonce", &random)):\(spelled(nonce, &random))",
                "\(spelled("other", &random)):[{\"type\":\"x\"}]",
            ]
            members.shuffle(using: &random)
            let separator = [",", " ,\n", ",\t"].randomElement(using: &random)!
            let text = "{" + members.joined(separator: separator) + "}"
            let expected =
                "chat_written channel=\(channel) [\(content)] "
                + "thread=\(thread.map { "\($0)" } ?? "-") sentAt=- nonce=[\(nonce)]"
            XCTAssertEqual(messageOutcome(text), expected, text)
        }
    }

    private func randomText(using random: inout SeededGenerator) -> String {
        let alphabet = Array("ab \"\\/é€😀\u{2028}")
        return "x" + String((0..<8).map { _ in alphabet.randomElement(using: &random)! })
    }

    /// A JSON string in which each scalar is escaped or not, by chance where it may be.
    private func spelled(_ text: String, _ random: inout SeededGenerator) -> String {
        var json = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" || Int.random(in: 0..<4, using: &random) == 0 {
                for unit in String(scalar).utf16 { json += String(format: "\\u%04x", Int(unit)) }
            } else {
                json.unicodeScalars.append(scalar)
            }
        }
        return json + "\""
    }
}
