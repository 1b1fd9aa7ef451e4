import JSON
import Memory
import TestSupport
import XCTest

final class ContainerTests: XCTestCase {
    func testMembersAndElementsComeInTheirOrder() {
        let text = #" {"b" : [1, "two", {"c":[]} ] ,"a":null,"b":true, "d":{}, "e":[[],[[ ]]]} "#
        XCTAssertEqual(
            read(text),
            .success(.object([
                .init(name: "b", value: .array([
                    .number("1"), .string("two"), .object([.init(name: "c", value: .array([]))]),
                ])),
                .init(name: "a", value: .null),
                .init(name: "b", value: .bool(true)),
                .init(name: "d", value: .object([])),
                .init(name: "e", value: .array([.array([]), .array([.array([])])])),
            ])))
    }

    func testAContainersTextIsWhatStandsBetweenItsBrackets() throws {
        try withBytes(" \t{\"a\" : [ 1 ,{ } ] } \n") { text in
            var reader = JSONReader(text)
            guard case .object(let object) = try reader.readDocument() else {
                return XCTFail("no object")
            }
            XCTAssertEqual(String(object), "{\"a\" : [ 1 ,{ } ] }")
            XCTAssertEqual(reader.offset, text.count)
            var members = JSONMembers(object)
            guard case .array(let array)? = members.next()?.value else {
                return XCTFail("no array")
            }
            XCTAssertEqual(String(array), "[ 1 ,{ } ]")
        }
    }

    func testAWalkThatHasEndedStaysEnded() {
        var members = JSONMembers(Bytes("{ }"))
        var elements = JSONElements(Bytes("[1 ]"))
        XCTAssertNotNil(elements.next())
        for _ in 0..<3 {
            XCTAssertNil(members.next())
            XCTAssertNil(elements.next())
        }
    }

    func testTheDepthLimitIsExactForEveryMixOfContainers() {
        var random = Seeded(seed: 3)
        for limit in [0, 1, 2, 7, 8, 31, 32, 33, 63, 64] {
            for _ in 0..<20 {
                let (opened, closed) = nested(depth: limit, &random)
                let deepest = Array((opened + "0" + closed).utf8)
                XCTAssertNoThrow(try read(deepest, depthMax: limit).get())
                for inner in ["[]", "{}", "[", "{"] {
                    let text = Array((opened + inner + closed).utf8)
                    XCTAssertEqual(read(text, depthMax: limit), .failure(.tooDeep))
                }
            }
        }
        XCTAssertEqual(JSONLimits.depthMax, 64)
    }

    func testManyContainersSideBySideAreNotDeep() throws {
        let text = "[" + repeatElement("{\"a\":[[]]}", count: 10_000).joined(separator: ",") + "]"
        guard case .array(let elements) = try read(text).get() else { return XCTFail("no array") }
        XCTAssertEqual(elements.count, 10_000)
    }

    /// The kinds of all open containers are remembered: a wrong bracket is refused at each depth.
    func testAWrongBracketIsRefusedAtEveryDepth() {
        var random = Seeded(seed: 5)
        for _ in 0..<20 {
            let (opened, closed) = nested(depth: 64, &random)
            for wrong in 0..<64 {
                var brackets = Array(closed.utf8)
                brackets[wrong] ^= UInt8(ascii: "]") ^ UInt8(ascii: "}")
                let text = Array((opened + "0").utf8) + brackets
                XCTAssertEqual(read(text), .failure(.unexpectedByte))
            }
        }
    }

    private func nested(depth: Int, _ random: inout Seeded) -> (opened: String, closed: String) {
        var opened = ""
        var closed = ""
        for _ in 0..<depth {
            let isObject = random.next() >> 40 & 1 == 1
            opened += isObject ? "{\"\":" : "["
            closed = (isObject ? "}" : "]") + closed
        }
        return (opened, closed)
    }
}
