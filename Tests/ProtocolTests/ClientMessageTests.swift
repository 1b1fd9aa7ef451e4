import ConcordProtocol
import Model
import TestSupport
import XCTest

final class ClientMessageTests: XCTestCase {
    private func check(_ table: [(String, String)], line: UInt = #line) {
        for (text, expected) in table {
            XCTAssertEqual(messageOutcome(text), expected, text, line: line)
        }
    }

    func testMessagesAreRead() {
        check([
            (
                #"{"type":"chat_written","channelId":7,"content":"hi"}"#,
                "chat_written channel=7 [hi] thread=- sentAt=- nonce=-"
            ),
            (
                #"{"type":"chat_written","channelId":7,"threadId":8,"sentAt":9,"content":"hi","nonce":"n"}"#,
                "chat_written channel=7 [hi] thread=8 sentAt=9 nonce=[n]"
            ),
            (#"{"type":"chat_typing","channelId":7}"#, "chat_typing channel=7 thread=- sentAt=-"),
            (
                #"{"type":"chat_typing","userId":1,"channelId":7,"threadId":8,"sentAt":9}"#,
                "chat_typing channel=7 thread=8 sentAt=9"
            ),
            (
                #"{"type":"chat_reaction","chatId":5,"reaction":"👍","adding":true}"#,
                "chat_reaction chat=5 [👍] adding=true"
            ),
            (
                #"{"type":"chat_reaction","chatId":5,"reaction":"a b","adding":false}"#,
                "chat_reaction chat=5 [a b] adding=false"
            ),
        ])
    }

    func testTypeMayStandAnywhere() {
        let typing = "chat_typing channel=7 thread=8 sentAt=-"
        check([
            (#"{"channelId":7,"type":"chat_typing","threadId":8}"#, typing),
            (#"{"threadId":8,"channelId":7,"type":"chat_typing"}"#, typing),
            (" {\n\t\"threadId\" : 8 ,\"channelId\":7,\r\n\"type\": \"chat_typing\" } ", typing),
        ])
    }

    func testOfDuplicatesTheLastWins() {
        check([
            (
                #"{"type":"hello","type":"chat_typing","channelId":1,"channelId":2}"#,
                "chat_typing channel=2 thread=- sentAt=-"
            ),
            (
                #"{"type":"chat_typing","channelId":"x","threadId":3,"channelId":2,"threadId":null}"#,
                "chat_typing channel=2 thread=- sentAt=-"
            ),
            (
                #"{"type":"chat_typing","channelId":2,"channelId":null}"#,
                "invalid_message: channelId is missing or null"
            ),
            (
                #"{"type":"chat_typing","channelId":2,"type":"nothing"}"#,
                "unknown_type: type is not a message that a client may send"
            ),
        ])
    }

    func testUnknownAttributesAreIgnoredWhateverTheyHold() {
        let typing = "chat_typing channel=7 thread=- sentAt=-"
        for value in ["1", "null", "\"x\"", "[[{}]]", #"{"type":"chat_written"}"#, "1e99999"] {
            check([
                (#"{"future":\#(value),"type":"chat_typing","channelId":7}"#, typing),
                (#"{"type":"chat_typing","channelId":7,"ChannelId":\#(value)}"#, typing),
                // Attributes of other messages mean nothing in this one.
                (#"{"type":"chat_typing","channelId":7,"content":\#(value)}"#, typing),
                (#"{"type":"chat_typing","channelId":7,"adding":\#(value)}"#, typing),
            ])
        }
    }

    func testAnIntegerMayBeWrittenInAnyWayThatIsExactlyOne() {
        for (text, value) in [
            ("1e3", "1000"), ("1.0", "1"), ("12300e-2", "123"), ("-0", "0"), ("-1", "-1"),
            ("9223372036854775807", "9223372036854775807"),
            ("-9223372036854775808", "-9223372036854775808"), ("0.5E1", "5"),
        ] {
            check([
                (
                    #"{"type":"chat_typing","channelId":\#(text),"sentAt":\#(text)}"#,
                    "chat_typing channel=\(value) thread=- sentAt=\(value)"
                )
            ])
        }
        for text in ["1.5", "9223372036854775808", "1e19", "1e-1", "1e999999999999"] {
            check([
                (
                    #"{"type":"chat_typing","channelId":\#(text)}"#,
                    "invalid_message: channelId must be an integer of at most 64 bits"
                )
            ])
        }
    }

    func testEscapesAreDecodedInNamesAndValues() {
        check([
            (
                #"{"\u0074ype":"chat\u005fwritten","channelId":7,"content":"\u0041\n\"\\\/\uD83D\uDE00","nonce":"\u0000\b"}"#,
                "chat_written channel=7 [A\n\"\\/😀] thread=- sentAt=- nonce=[\u{0}\u{8}]"
            ),
            (
                #"{"type":"chat_reaction","chatId":5,"reaction":"\u2764","adding":true}"#,
                "chat_reaction chat=5 [❤] adding=true"
            ),
        ])
    }

    func testWhatIsNoMessageIsNamed() {
        check([
            ("", "malformed_json: The text is not valid JSON: the JSON text ends too early"),
            (
                #"{"type":"chat_typing","channelId":7"#,
                "malformed_json: The text is not valid JSON: the JSON text ends too early"
            ),
            (
                #"{"nonce":"n","type":"chat_typing",}"#,
                "malformed_json: The text is not valid JSON: "
                    + "the JSON text has a byte where none like it may stand"
            ),
            (
                String(repeating: "[", count: 10_000),
                "malformed_json: The text is not valid JSON: the JSON text is nested too deeply"
            ),
            ("[]", "invalid_message: A JSON object is expected"),
            ("null", "invalid_message: A JSON object is expected"),
            ("\"chat_typing\"", "invalid_message: A JSON object is expected"),
            ("{}", "invalid_message: type is missing or null"),
            (#"{"type":null,"nonce":"n"}"#, "invalid_message: type is missing or null nonce=[n]"),
            (#"{"type":1}"#, "invalid_message: type must be a string"),
            (#"{"type":["chat_typing"]}"#, "invalid_message: type must be a string"),
        ])
        let unknown = "unknown_type: type is not a message that a client may send"
        for type in ["", "Chat_typing", "chat_typing ", "chat_sent", "hello", "chat_typing\\u0000"] {
            check([(#"{"type":"\#(type)","channelId":7}"#, unknown)])
        }
        check([(#"{"type":"?","nonce":"my \"n\""}"#, unknown + #" nonce=[my "n"]"#)])
    }

    func testWhatIsMissingOrOfAWrongTypeIsNamed() {
        let written = #""type":"chat_written","nonce":"n""#
        let reaction = #""type":"chat_reaction","nonce":"n""#
        check([
            ("{\(written),\"content\":\"x\"}", "channelId is missing or null"),
            ("{\(written),\"content\":\"x\",\"channelId\":null}", "channelId is missing or null"),
            ("{\(written),\"content\":\"x\",\"channelId\":\"7\"}", "channelId must be an integer"),
            ("{\(written),\"content\":\"x\",\"channelId\":true}", "channelId must be an integer"),
            ("{\(written),\"channelId\":7}", "content is missing or null"),
            ("{\(written),\"channelId\":7,\"content\":null}", "content is missing or null"),
            ("{\(written),\"channelId\":7,\"content\":7}", "content must be a string"),
            ("{\(written),\"channelId\":7,\"content\":{}}", "content must be a string"),
            (
                "{\(written),\"channelId\":7,\"content\":\"x\",\"threadId\":\"8\"}",
                "threadId must be an integer"
            ),
            (
                "{\(written),\"channelId\":7,\"content\":\"x\",\"sentAt\":[]}",
                "sentAt must be an integer"
            ),
            (
                "{\(written),\"channelId\":7,\"content\":\"x\",\"sentAt\":0.1}",
                "sentAt must be an integer of at most 64 bits"
            ),
            ("{\(reaction)}", "chatId is missing or null"),
            ("{\(reaction),\"chatId\":5,\"adding\":true}", "reaction is missing or null"),
            ("{\(reaction),\"chatId\":5,\"reaction\":1}", "reaction must be a string"),
            ("{\(reaction),\"chatId\":5,\"reaction\":\"x\"}", "adding is missing or null"),
            (
                "{\(reaction),\"chatId\":5,\"reaction\":\"x\",\"adding\":null}",
                "adding is missing or null"
            ),
            (
                "{\(reaction),\"chatId\":5,\"reaction\":\"x\",\"adding\":1}",
                "adding must be true or false"
            ),
            (
                "{\(reaction),\"chatId\":5,\"reaction\":\"x\",\"adding\":\"true\"}",
                "adding must be true or false"
            ),
        ].map { ($0, "invalid_message: \($1) nonce=[n]") })
    }

    func testNullStandsForANullableAttributeThatIsAbsent() {
        check([
            (
                #"{"type":"chat_written","channelId":7,"content":"x","threadId":null,"sentAt":null,"nonce":null}"#,
                "chat_written channel=7 [x] thread=- sentAt=- nonce=-"
            ),
            (
                #"{"type":"chat_typing","channelId":7,"threadId":null,"sentAt":null}"#,
                "chat_typing channel=7 thread=- sentAt=-"
            ),
        ])
    }

    func testLimitsHoldToTheLetter() {
        func written(_ content: String, nonce: String = "n") -> String {
            messageOutcome(
                #"{"type":"chat_written","channelId":7,"content":"\#(content)","nonce":"\#(nonce)"}"#)
        }
        let longest = String(repeating: "😀", count: 4_000)
        XCTAssertEqual(
            written(longest), "chat_written channel=7 [\(longest)] thread=- sentAt=- nonce=[n]")
        let table: [(String, String)] = [
            (longest + "a", "content is too long"), ("", "content must not be empty"),
            (" \\n\\t", "content must not be blank"),
            ("a\\u0000", "content must not contain control characters"),
            ("a\u{7F}", "content must not contain control characters"),
        ]
        for (content, explanation) in table {
            XCTAssertEqual(written(content), "invalid_message: \(explanation) nonce=[n]")
        }
        let nonce = String(repeating: "€", count: 21) + "."
        XCTAssertEqual(
            written("x", nonce: nonce),
            "chat_written channel=7 [x] thread=- sentAt=- nonce=[\(nonce)]", "64 bytes")
        XCTAssertEqual(written("x", nonce: nonce + "."), "invalid_message: nonce is too long")
        XCTAssertEqual(written("x", nonce: ""), "invalid_message: nonce must not be empty")

        func reaction(_ reaction: String) -> String {
            messageOutcome(
                #"{"type":"chat_reaction","chatId":5,"adding":true,"reaction":"\#(reaction)"}"#)
        }
        let widest = String(repeating: "😀", count: 16)
        XCTAssertEqual(reaction(widest), "chat_reaction chat=5 [\(widest)] adding=true")
        let refused: [(String, String)] = [
            (widest + "a", "is too long"), ("", "must not be empty"), (" ", "must not be blank"),
            (" a", "must not begin or end with white space"),
            ("a\\tb", "must not contain control characters"),
        ]
        for (text, explanation) in refused {
            XCTAssertEqual(reaction(text), "invalid_message: reaction \(explanation)")
        }
    }

    func testLimitsAreThoseOfTheSettings() {
        var limits = Limits()
        limits.contentScalarsMax = 2
        limits.nonceBytesMax = 3
        limits.reactionBytesMax = 1
        XCTAssertEqual(
            messageOutcome(
                #"{"type":"chat_written","channelId":7,"content":"123","nonce":"abc"}"#,
                limits: limits),
            "invalid_message: content is too long nonce=[abc]")
        XCTAssertEqual(
            messageOutcome(
                #"{"type":"chat_written","channelId":7,"content":"12","nonce":"abcd"}"#,
                limits: limits),
            "invalid_message: nonce is too long")
        XCTAssertEqual(
            messageOutcome(
                #"{"type":"chat_reaction","chatId":7,"reaction":"ab","adding":true}"#,
                limits: limits),
            "invalid_message: reaction is too long")
    }

    func testANonceThatIsWrongItselfIsNotSentBack() {
        check([
            (
                #"{"type":"chat_written","channelId":7,"content":"x","nonce":5}"#,
                "invalid_message: nonce must be a string"
            ),
            (#"{"type":"?","nonce":5}"#, "unknown_type: type is not a message that a client may send"),
            (#"{"type":"?","nonce":""}"#, "unknown_type: type is not a message that a client may send"),
        ])
    }
}
