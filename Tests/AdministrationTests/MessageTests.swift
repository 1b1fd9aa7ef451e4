import Administration
import JSON
import Memory
import TestSupport
import XCTest

final class MessageTests: XCTestCase {
    func testARequestIsHTTPOfItsOwnConnection() {
        let request = ControlRequest("GET", ControlPath("/api/users"))
        XCTAssertEqual(
            String(request.bytes), "GET /api/users HTTP/1.0\r\nHost: localhost\r\n\r\n")
    }

    func testABodyIsAnObjectOfItsLength() {
        let text = lend("\u{1}\"é")
        let request = ControlRequest(
            "PUT", ControlPath("/control/users/", 7, "/password"), textBytes: text.count
        ) { $0.member("newPassword", text) }
        let expected = #"{"newPassword":"\u0001\"é"}"#
        XCTAssertEqual(
            String(request.bytes),
            "PUT /control/users/7/password HTTP/1.0\r\nHost: localhost\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(expected.utf8.count)\r\n\r\n"
                + expected)
    }

    func testTextInAnAddressCannotLeaveItsPlace() {
        let request = ControlRequest("DELETE", ControlPath("/api/invites/", encoding: lend("a/?é\r\n")))
        XCTAssertTrue(
            String(request.bytes).hasPrefix("DELETE /api/invites/a%2F%3F%C3%A9%0D%0A HTTP/1.0\r\n"))
    }

    private func response(_ text: String) -> ControlResponse? { ControlResponse(lend(text)) }

    func testAnAnswerIsItsStatusAndItsValue() throws {
        let answer = try XCTUnwrap(response(
            "HTTP/1.1 400 Bad Request\r\nContent-Length: 17\r\n\r\n{\"message\":\"no!\"}"))
        XCTAssertEqual(answer.status, 400)
        XCTAssertEqual(answer.value.member("message")?.text.map { String($0) }, "no!")
        XCTAssertNil(answer.value.member("other"))
        guard case .null = try XCTUnwrap(
            response("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")).value
        else { return XCTFail() }
        let list = try XCTUnwrap(response("HTTP/1.0 200 OK\r\n\r\n[1,2]"))
        XCTAssertEqual(list.value.elements.map(\.integer), [1, 2])
    }

    func testAnAnswerThatBreaksOffIsNone() {
        let whole = Array("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"a\":[]}".utf8)
        XCTAssertNotNil(ControlResponse(lend(whole)))
        for count in 0..<whole.count {
            XCTAssertNil(ControlResponse(lend(Array(whole[..<count]))), "\(count) bytes")
        }
        XCTAssertNil(response("HTTP/1.1 200 OK\r\n\r\n[1,"))
        XCTAssertNil(response("nonsense that is long enough\r\n\r\n"))
    }

    func testATableIsAlignedByScalars() {
        var table = TextTable("ID", "NAME", "MORE")
        XCTAssertTrue(table.isEmpty)
        table.add(lend("7"), lend("Zoë"), lend("x"))
        table.add(lend("12345"), lend("Al"), .empty)
        let out = TextBuffer()
        table.write(into: out)
        XCTAssertEqual(String(out.bytes), "ID     NAME  MORE\n7      Zoë   x\n12345  Al    \n")
    }

    func testWhatMembersWriteCannotDriveTheTerminal() {
        var table = TextTable("NAME")
        table.add(lend("a\u{1B}[2Jb\nc\u{9B}31md\u{7F}e"))
        let out = TextBuffer()
        table.write(into: out)
        let text = String(out.bytes).dropFirst("NAME\n".count)
        XCTAssertEqual(text, "a [2Jb c\u{A0}31md e\n")
    }

    func testNorCanItHideOrTurnAroundWhatStandsBesideIt() {
        var table = TextTable("NAME", "X")
        for hidden in ["\u{200B}", "\u{2028}", "\u{202E}", "\u{2066}", "\u{FEFF}"] {
            table.add(lend("a\(hidden)b"), lend(hidden))
        }
        table.add(lend("👩\u{200D}🚀 €"), lend("\u{200C}"))
        let out = TextBuffer()
        table.write(into: out)
        let rows = String(out.bytes).split(separator: "\n").dropFirst()
        for row in rows.dropLast() {
            XCTAssertEqual(row.filter { $0 != " " }, "a\u{FFFD}b\u{FFFD}")
        }
        XCTAssertTrue(rows.last?.hasPrefix("👩\u{200D}🚀 €") ?? false)
    }

    func testARefusalSpeaksOfWhatWasTyped() {
        func said(_ message: String) -> String {
            let out = TextBuffer()
            Refusal.write(lend(message), passwordBytes: 8...256, into: out)
            return String(out.bytes)
        }
        XCTAssertEqual(
            said("newPassword is too short"), "the password is too short: it takes 8 to 256 bytes")
        XCTAssertEqual(said("content is too long"), "the text is too long")
        XCTAssertEqual(
            said("validForSeconds must be from 1 to 9"), "--for, in seconds, must be from 1 to 9")
        XCTAssertEqual(said("usesful"), "usesful")
    }

    func testTextGrowsAsFarAsItMust() {
        let text = TextBuffer()
        for number in 0..<10_000 {
            text.append(Int64(number))
            text.append(",")
        }
        XCTAssertEqual(
            String(text.bytes), (0..<10_000).map { "\($0)," }.joined())
    }
}
