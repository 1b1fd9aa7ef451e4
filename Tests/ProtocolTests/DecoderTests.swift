import ConcordProtocol
import Memory
import Model
import TestSupport
import XCTest

/// What holds for every decoder, whatever its body: the text is judged before what it says.
final class DecoderTests: XCTestCase {
    private struct Decoder {
        let name: String
        let body: String
        let decode: (Bytes, MutableBytes) throws(AttributeError) -> Void
    }

    private let decoders: [Decoder] = {
        let limits = Limits()
        let rights = #"{"admin":false,"values":{}}"#
        return [
            Decoder(
                name: "ClientMessage",
                body: #"{"type":"chat_written","channelId":11,"threadId":null,"content":"hé\n","nonce":"a"}"#
            ) { text, scratch throws(AttributeError) in
                _ = try ClientMessage.decode(text, limits: limits, scratch: scratch)
            },
            Decoder(name: "Credentials", body: #"{"username":"ann","password":"12345678"}"#) {
                text, scratch throws(AttributeError) in
                _ = try Credentials.decode(text, scratch: scratch)
            },
            Decoder(name: "NewChat", body: #"{"content":"h\u0069","sentAt":12,"nonce":"n"}"#) {
                text, scratch throws(AttributeError) in
                _ = try NewChat.decode(text, limits: limits, scratch: scratch)
            },
            Decoder(name: "NewReaction", body: #"{"reaction":"👍","adding":true}"#) {
                text, scratch throws(AttributeError) in
                _ = try NewReaction.decode(text, limits: limits, scratch: scratch)
            },
            Decoder(name: "NewChannel", body: #"{"name":"n","capabilities":["text"]}"#) {
                text, scratch throws(AttributeError) in
                _ = try NewChannel.decode(text, limits: limits, scratch: scratch)
            },
            Decoder(name: "PasswordChange", body: #"{"oldPassword":"1","newPassword":"12345678"}"#) {
                text, scratch throws(AttributeError) in
                _ = try PasswordChange.decode(text, limits: limits, scratch: scratch)
            },
            Decoder(name: "Removal", body: #"{"password":"12345678"}"#) {
                text, scratch throws(AttributeError) in
                _ = try Removal.decode(text, scratch: scratch)
            },
            Decoder(name: "StatusChoice", body: #"{"onlineStatus":"AWAY"}"#) {
                text, scratch throws(AttributeError) in
                _ = try StatusChoice.decode(text, scratch: scratch)
            },
            Decoder(name: "NewInvite", body: #"{"uses":1,"validForSeconds":60}"#) {
                text, scratch throws(AttributeError) in
                _ = try NewInvite.decode(text, scratch: scratch)
            },
            Decoder(name: "ChannelChange", body: #"{"name":"n","parentChannelId":null}"#) {
                text, scratch throws(AttributeError) in
                _ = try ChannelChange.decode(text, limits: limits, scratch: scratch)
            },
            Decoder(name: "CommunityChange", body: #"{"defaultChannelId":4}"#) {
                text, scratch throws(AttributeError) in
                _ = try CommunityChange.decode(text, limits: limits, scratch: scratch)
            },
            Decoder(name: "ProfileChange", body: #"{"nickname":"n","bio":""}"#) {
                text, scratch throws(AttributeError) in
                _ = try ProfileChange.decode(text, limits: limits, scratch: scratch)
            },
            Decoder(name: "SingleText", body: #"{"content":"x"}"#) {
                text, scratch throws(AttributeError) in
                _ = try SingleText.decode(text, "content", limits.content, scratch: scratch)
            },
            Decoder(name: "Rights", body: rights) { text, scratch throws(AttributeError) in
                _ = try Rights.decode(text, scratch: scratch)
            },
            Decoder(name: "RoleBody", body: #"{"name":"n","rights":\#(rights)}"#) {
                text, scratch throws(AttributeError) in
                _ = try RoleBody.decode(text, limits: limits, scratch: scratch)
            },
            Decoder(name: "RoleList", body: #"{"roleIds":[1,2]}"#) {
                text, _ throws(AttributeError) in
                _ = try RoleList.decode(text)
            },
            Decoder(name: "ChannelRightsBody", body: #"{"users":{"1":\#(rights)},"roles":{}}"#) {
                text, scratch throws(AttributeError) in
                _ = try ChannelRightsBody.decode(text, scratch: scratch)
            },
        ]
    }()

    private enum Outcome: Equatable { case taken, malformed, notAnObject, other }

    private func outcome(_ decoder: Decoder, _ text: [UInt8]) -> Outcome {
        var input = OwnedBytes(text)
        var scratch = OwnedBytes([UInt8](repeating: 0xEE, count: 2 * text.count))
        do throws(AttributeError) {
            try decoder.decode(input.bytes, scratch.mutable)
            return .taken
        } catch {
            XCTAssertNil(error.nonce)
            switch error.problem {
            case .malformed: return .malformed
            case .notAnObject: return .notAnObject
            default: return .other
            }
        }
    }

    func testAWholeBodyIsTakenAndNoPartOfIt() {
        for decoder in decoders {
            let body = Array(decoder.body.utf8)
            XCTAssertEqual(outcome(decoder, body), .taken, decoder.name)
            for length in 0..<body.count {
                let part = Array(body.prefix(length))
                XCTAssertEqual(outcome(decoder, part), .malformed, "\(decoder.name) \(length)")
            }
        }
    }

    func testWhatFollowsABodySpoilsIt() {
        for decoder in decoders {
            func outcome(_ after: String) -> Outcome {
                self.outcome(decoder, Array((decoder.body + after).utf8))
            }
            XCTAssertEqual(outcome(" \n"), .taken, decoder.name)
            for after in ["x", "}", "{}", ",", "\u{0}"] {
                XCTAssertEqual(outcome(after), .malformed, decoder.name)
            }
        }
    }

    /// Not an object, and not JSON: the second is what is told. The same for an attribute that is
    /// wrong, or missing.
    func testAFaultOfTheTextComesFirst() {
        for decoder in decoders {
            func outcome(_ text: String) -> Outcome { self.outcome(decoder, Array(text.utf8)) }
            for value in ["[1]", "[\(decoder.body)]", "7", "null", "\"{}\"", "true"] {
                XCTAssertEqual(outcome(value), .notAnObject, decoder.name)
                XCTAssertEqual(outcome(value + "x"), .malformed, decoder.name)
            }
            XCTAssertEqual(outcome("[1,"), .malformed, decoder.name)
            XCTAssertEqual(outcome(#"{"type":7,"#), .malformed, decoder.name)
            let deepest = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
            XCTAssertNotEqual(outcome(#"{"x":\#(deepest)}"#), .malformed, decoder.name)
            XCTAssertEqual(outcome(#"{"x":[\#(deepest)]}"#), .malformed, decoder.name)
        }
    }
}
