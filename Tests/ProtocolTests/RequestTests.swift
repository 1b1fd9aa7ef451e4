import ConcordProtocol
import Memory
import Model
import TestSupport
import XCTest

final class CredentialsTests: XCTestCase {
    func testCredentialsAreReadOrTheAttributeIsNamed() {
        let table = [
            (#"{"username":"ann","password":"12345678"}"#, "ann 12345678"),
            (#"{"password":"12345678","x":[],"username":"ann"}"#, "ann 12345678"),
            (#"{"username":"bob","password":"1","username":"ann","password":"12345678"}"#, "ann 12345678"),
            (#"{"username":"\u0061nn","password":"\"\\\u0000\n5678"}"#, "ann \"\\\u{0}\n5678"),
            (#"{"username":"ann"}"#, "invalid_message: password is missing or null"),
            (#"{"password":"12345678"}"#, "invalid_message: username is missing or null"),
            (#"{"username":null,"password":"1"}"#, "invalid_message: username is missing or null"),
            (#"{"username":1,"password":"1"}"#, "invalid_message: username must be a string"),
            (#"{"username":"ann","password":[]}"#, "invalid_message: password must be a string"),
            (#"[]"#, "invalid_message: A JSON object is expected"),
            (
                #"{"username":"ann","password":"1"#,
                "malformed_json: The text is not valid JSON: the JSON text ends too early"
            ),
            (#"{"username":"","password":"1"}"#, "invalid_message: username must not be empty"),
            (#"{"username":" ","password":"1"}"#, "invalid_message: username must not be blank"),
            (
                #"{"username":" ann","password":"12345678"}"#,
                "invalid_message: username must not begin or end with white space"
            ),
            (
                #"{"username":"a\nn","password":"12345678"}"#,
                "invalid_message: username must not contain control characters"
            ),
            (#"{"username":"ann","password":"1234567"}"#, "invalid_message: password is too short"),
            (#"{"username":"ann","password":""}"#, "invalid_message: password is too short"),
        ]
        for (text, expected) in table { XCTAssertEqual(credentialsOutcome(text), expected, text) }
    }

    func testNamesCountScalarsAndPasswordsBytes() {
        func outcome(_ name: String, _ password: String) -> String {
            credentialsOutcome("{\"username\":\"\(name)\",\"password\":\"\(password)\"}")
        }
        let name = String(repeating: "😀", count: 32)
        XCTAssertEqual(outcome(name, "12345678"), "\(name) 12345678")
        XCTAssertEqual(outcome(name + "a", "12345678"), "invalid_message: username is too long")
        XCTAssertEqual(outcome("ann", "éééé"), "ann éééé", "eight bytes")
        let password = String(repeating: "é", count: 128)
        XCTAssertEqual(outcome("ann", password), "ann \(password)")
        XCTAssertEqual(outcome("ann", password + "a"), "invalid_message: password is too long")
    }

    /// A login only compares: whoever chose a name or password under other limits still gets in.
    func testALoginJudgesOnlyTheForm() throws {
        var scratch = OwnedBytes([UInt8](repeating: 0, count: 100))
        let credentials = try Credentials.decode(
            Bytes("{\"username\":\"\",\"password\":\"1\"}"), scratch: scratch.mutable)
        XCTAssertEqual(String(credentials.password), "1")
    }
}

final class NewChatTests: XCTestCase {
    func testAChatIsReadOrTheAttributeIsNamed() {
        let table = [
            (#"{"content":"hi"}"#, "[hi] thread=- sentAt=- nonce=-"),
            (
                #"{"nonce":"n","threadId":1.0,"sentAt":1e3,"content":"h\ni"}"#,
                "[h\ni] thread=1 sentAt=1000 nonce=[n]"
            ),
            (
                #"{"content":"a","content":"b","threadId":null,"sentAt":null,"nonce":null}"#,
                "[b] thread=- sentAt=- nonce=-"
            ),
            (#"{"content":"hi","channelId":"x","type":4}"#, "[hi] thread=- sentAt=- nonce=-"),
            (#"{}"#, "invalid_message: content is missing or null"),
            (#"{"content":null}"#, "invalid_message: content is missing or null"),
            (#"{"content":["hi"]}"#, "invalid_message: content must be a string"),
            (#"{"content":" "}"#, "invalid_message: content must not be blank"),
            (#"{"content":"hi","sentAt":"now"}"#, "invalid_message: sentAt must be an integer"),
            (#"{"content":"hi","threadId":{}}"#, "invalid_message: threadId must be an integer"),
            (
                #"{"content":"hi","threadId":1.5}"#,
                "invalid_message: threadId must be an integer of at most 64 bits"
            ),
            (#"{"content":"hi","nonce":1}"#, "invalid_message: nonce must be a string"),
            (#"{"content":"hi","nonce":""}"#, "invalid_message: nonce must not be empty"),
            ("7", "invalid_message: A JSON object is expected"),
            (
                #"{"content":"\uD800"}"#,
                "malformed_json: The text is not valid JSON: "
                    + "a JSON string has half a surrogate pair"
            ),
        ]
        for (text, expected) in table { XCTAssertEqual(newChatOutcome(text), expected, text) }
    }
}

final class NewChannelTests: XCTestCase {
    func testAChannelIsReadOrTheAttributeIsNamed() {
        let table = [
            (#"{"name":"general"}"#, #"[general] - in - at 0 ["text"]"#),
            (
                #"{"capabilities":["voice","a\"b"],"ordinality":-3,"parentChannelId":4,"description":"d\n","name":"n"}"#,
                #"[n] [d\#n] in 4 at -3 ["voice","a\"b"]"#
            ),
            (
                #"{"name":"n","description":null,"parentChannelId":null,"ordinality":null,"capabilities":null}"#,
                #"[n] - in - at 0 ["text"]"#
            ),
            (#"{"name":"n","capabilities":[ ]}"#, "[n] - in - at 0 [ ]"),
            (#"{"name":"n","description":""}"#, #"[n] [] in - at 0 ["text"]"#),
            (#"{"name":"m","x":1,"name":"n","ordinality":1e3}"#, #"[n] - in - at 1000 ["text"]"#),
            (#"{}"#, "invalid_message: name is missing or null"),
            (#"{"name":null}"#, "invalid_message: name is missing or null"),
            (#"{"name":7}"#, "invalid_message: name must be a string"),
            (#"{"name":""}"#, "invalid_message: name must not be empty"),
            (#"{"name":"n "}"#, "invalid_message: name must not begin or end with white space"),
            (#"{"name":"n","description":5}"#, "invalid_message: description must be a string"),
            (
                #"{"name":"n","description":"\u0007"}"#,
                "invalid_message: description must not contain control characters"
            ),
            (
                #"{"name":"n","parentChannelId":"4"}"#,
                "invalid_message: parentChannelId must be an integer"
            ),
            (#"{"name":"n","ordinality":true}"#, "invalid_message: ordinality must be an integer"),
            (
                #"{"name":"n","ordinality":1e20}"#,
                "invalid_message: ordinality must be an integer of at most 64 bits"
            ),
            (
                #"{"name":"n","capabilities":"text"}"#,
                "invalid_message: capabilities must be an array of strings"
            ),
            (
                #"{"name":"n","capabilities":["text",null]}"#,
                "invalid_message: capabilities must be an array of strings"
            ),
            ("\"n\"", "invalid_message: A JSON object is expected"),
        ]
        for (text, expected) in table { XCTAssertEqual(newChannelOutcome(text), expected, text) }
    }

    func testLimitsHoldToTheLetter() {
        func outcome(_ name: String, _ description: String) -> String {
            newChannelOutcome("{\"name\":\"\(name)\",\"description\":\"\(description)\"}")
        }
        let name = String(repeating: "😀", count: 64)
        let description = String(repeating: "😀", count: 512)
        XCTAssertEqual(
            outcome(name, description), "[\(name)] [\(description)] in - at 0 [\"text\"]")
        XCTAssertEqual(outcome(name + "a", description), "invalid_message: name is too long")
        XCTAssertEqual(outcome(name, description + "a"), "invalid_message: description is too long")
    }

    func testCapabilitiesAreBoundedInCountLengthAndText() {
        func outcome(_ capabilities: String) -> String {
            newChannelOutcome("{\"name\":\"n\",\"capabilities\":\(capabilities)}")
        }
        func list(_ entry: String, _ count: Int) -> String {
            "[" + [String](repeating: "\"\(entry)\"", count: count).joined(separator: ",") + "]"
        }
        let tooMuch = "invalid_message: capabilities has too many or too long entries"
        let widest = String(repeating: "\\\"", count: 32)
        XCTAssertEqual(outcome(list(widest, 16)), "[n] - in - at 0 " + list(widest, 16))
        XCTAssertEqual(outcome(list(widest + "a", 1)), tooMuch)
        XCTAssertEqual(outcome(list("a", 17)), tooMuch)
        XCTAssertEqual(outcome(list(String(repeating: "\\u0041", count: 32), 16)), tooMuch)
        // The text goes into events as it is: white space must not swell them.
        XCTAssertEqual(outcome("[" + String(repeating: " ", count: 60_000) + "]"), tooMuch)
        XCTAssertEqual(outcome("[\"a\"" + String(repeating: "\n", count: 60_000) + "]"), tooMuch)
    }
}
