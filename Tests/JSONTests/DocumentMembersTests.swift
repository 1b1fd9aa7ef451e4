import JSON
import Memory
import TestSupport
import XCTest

/// A walk over the members of a text not yet checked says what is said when the text is checked
/// first and its members are walked then.
final class DocumentMembersTests: XCTestCase {
    private let objects = [
        #"{}"#, " \n{ \t} ", #"{"a":1}"#, #"{"a":1,"a":[2,{"b":{}}],"":null}"#,
        #" {"type" : "chat_written" ,"n\u0061me":"hé \"\\\n\u20AC\uD83D\uDE00","é":-1.5e+3} "#,
        #"{"t":true,"f":false,"o":{"a":[[],{}]},"l":[ "x" , 0 ]}"#,
    ].map { Array($0.utf8) }

    func testBothAgreeOnEveryTextOfTheGrammarAndOffIt() {
        for (_, texts) in acceptedTexts {
            for text in texts { checkBothAgree(Array(text.utf8)) }
        }
        for (_, texts) in refusedTexts {
            for text in texts {
                checkBothAgree(text)
                checkBothAgree(Array("{\"a\":".utf8) + text + Array("}".utf8))
                checkBothAgree(Array("{\"a\":1,".utf8) + text)
                checkBothAgree(Array("{}".utf8) + text)
            }
        }
    }

    func testBothAgreeAtEveryCut() {
        for object in objects {
            XCTAssertNotNil(try members(object).get())
            for length in 0..<object.count {
                let text = Array(object.prefix(length))
                checkBothAgree(text)
                checkBothAgree(text + [UInt8(ascii: "}")])
            }
        }
    }

    func testBothAgreeOnEveryByteAtEveryPlace() {
        for object in objects {
            for place in 0..<object.count {
                for byte in UInt8.min...UInt8.max {
                    var text = object
                    text[place] = byte
                    checkBothAgree(text)
                }
            }
        }
    }

    func testTheObjectItselfIsTheFirstOfTheDepth() {
        let nested = ["{}", #"{"a":[]}"#, #"{"a":0,"b":{"c":{}},"d":[[]]}"#, "[]", "0"]
        for text in nested {
            for limit in 0...4 { checkBothAgree(Array(text.utf8), depthMax: limit) }
        }
        XCTAssertEqual(members(Array("{".utf8), depthMax: 0), .failure(.tooDeep))
        for depth in 62...65 {
            let opened = String(repeating: "[", count: depth - 1)
            let closed = String(repeating: "]", count: depth - 1)
            checkBothAgree(Array("{\"a\":\(opened)\(closed)}".utf8))
        }
    }

    func testMembersComeBeforeTheFaultBehindThem() throws {
        let text = lend(#"{"a":1,"b":2]"#)
        var walk = try XCTUnwrap(try JSONDocumentMembers(text))
        XCTAssertEqual(try walk.next()?.name.equals("a"), true)
        XCTAssertEqual(try walk.next()?.name.equals("b"), true)
        XCTAssertThrowsError(try walk.next()) { XCTAssertEqual($0 as? JSONError, .unexpectedByte) }
    }

    private func checkBothAgree(_ text: [UInt8], depthMax: Int = JSONLimits.depthMax) {
        let expected: Result<[Tree.Member]?, JSONError> = read(text, depthMax: depthMax).map {
            if case .object(let members) = $0 { members } else { nil }
        }
        XCTAssertEqual(
            members(text, depthMax: depthMax), expected, String(decoding: text, as: UTF8.self))
    }

    /// nil for another value than an object.
    private func members(
        _ text: [UInt8], depthMax: Int = JSONLimits.depthMax
    ) -> Result<[Tree.Member]?, JSONError> {
        withBytes(text) { bytes in
            do throws(JSONError) {
                guard var walk = try JSONDocumentMembers(bytes, depthMax: depthMax) else {
                    return .success(nil)
                }
                var members: [Tree.Member] = []
                while let (name, value) = try walk.next() {
                    members.append(.init(name: decoded(name), value: Tree(value)))
                }
                return .success(members)
            } catch {
                return .failure(error)
            }
        }
    }
}
