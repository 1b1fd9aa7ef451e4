import HTTP
import Memory
import TestSupport
import XCTest

final class RequestParserTests: XCTestCase {
    func testEveryTableRowComesOutRightHoweverItIsSplit() {
        XCTAssertGreaterThanOrEqual(RequestTables.all.count, 124)
        for row in RequestTables.all {
            let input = latin1(row.input)
            let whole = headOutcome([input])
            switch row.status {
            case RequestTables.accepted:
                XCTAssertTrue(whole.contains("length=\(input.count)"), "\(row.name): \(whole)")
            case RequestTables.incomplete:
                XCTAssertEqual(whole, "more", row.name)
            default:
                XCTAssertTrue(whole.hasPrefix("\(row.status) "), "\(row.name): \(whole)")
            }
            forEverySplit(of: input) { pieces, name in
                XCTAssertEqual(headOutcome(pieces), whole, "\(row.name), \(name)")
            }
        }
    }

    func testMutatedHeadsComeOutTheSameHoweverTheyAreSplit() {
        let seeds = RequestTables.all.map { latin1($0.input) }.filter { $0.count < 400 }
        var generator = SeededGenerator(state: 9112)
        for round in 0..<4000 {
            let input = seeds.randomElement(using: &generator)!.mutated(using: &generator)
            let whole = headOutcome([input])
            XCTAssertEqual(headOutcome(input.map { [$0] }), whole, "round \(round): \(input)")
            let pieces = input.randomPieces(using: &generator)
            XCTAssertEqual(headOutcome(pieces), whole, "round \(round): \(pieces)")
        }
    }

    func testHeadsAreReadIntoTheirFields() {
        let golden: [(String, String)] = [
            (
                "GET /api/chats?size=5&query=a%20b?c HTTP/1.1\r\nHost: pi.local:8080\r\n"
                    + "authorization:Bearer x.y.z\r\nOrigin: null\r\nIf-None-Match: \"a\"\r\n\r\n",
                "GET /api/chats ?size=5&query=a%20b?c 1.1 none length=_ keepAlive "
                    + "host=[pi.local:8080] authorization=[Bearer x.y.z] origin=[null] "
                    + "ifNoneMatch=[\"a\"]"
            ),
            (
                "POST /api/tokens HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                    + "Content-Length: 37\r\nHost: a\r\nHTTP2-Settings: AAEAAEAA\r\n"
                    + "Upgrade: h2c\r\nContent-Type: application/json\r\n\r\n{\"username\"",
                "POST /api/tokens ? 1.1 length(37) length=_ keepAlive connectionHasUpgrade "
                    + "host=[a] contentType=[application/json] upgrade=[h2c]"
            ),
            (
                "GET /client?token=t HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                    + "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: k==\r\n"
                    + "Sec-WebSocket-Version: 13\r\n\r\n",
                "GET /client ?token=t 1.1 none length=_ keepAlive connectionHasUpgrade "
                    + "host=[a] upgrade=[websocket] key=[k==] version=[13]"
            ),
            (
                "OPTIONS * HTTP/1.1\r\nHost: a\r\nAccess-Control-Request-Method: PATCH\r\n"
                    + "Access-Control-Request-Headers: authorization\r\n\r\n",
                "OPTIONS * ? 1.1 none length=_ keepAlive host=[a] requestMethod=[PATCH] "
                    + "requestHeaders=[authorization]"
            ),
            (
                "\r\nPUT HTTP://b:81?q HTTP/1.7\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                    + "Expect: 100-continue\r\nConnection: close, keep-alive\r\n\r\n",
                "PUT / ?q 1.1 chunked length=_ expectsContinue host=[b:81]"
            ),
            (
                "DELETE https://b HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
                "DELETE / ? 1.0 none length=_ keepAlive host=[b]"
            ),
            ("HEAD /? HTTP/1.0\r\nHost: a\r\n\r\n", "HEAD / ? 1.0 none length=_ host=[a]"),
            (
                "PATCH / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n",
                "PATCH / ? 1.0 length(1) length=_"
            ),
        ]
        for (input, expected) in golden {
            let end = input.range(of: "\r\n\r\n", options: .backwards)!.upperBound
            let length = input[..<end].utf8.count
            let expected = expected.replacingOccurrences(of: "=_", with: "=\(length)")
            XCTAssertEqual(headOutcome(input), expected)
        }
    }

    func testConnectionOptionsDecideWhetherTheConnectionStays() throws {
        let golden: [(version: String, fields: String, keepAlive: Bool)] = [
            ("1.1", "", true), ("1.1", "Connection: close\r\n", false),
            ("1.1", "Connection: CLOSE\r\n", false), ("1.1", "Connection: x,, close ,y\r\n", false),
            ("1.1", "Connection: keep-alive\r\nConnection: close\r\n", false),
            ("1.1", "Connection: closed\r\n", true), ("1.1", "Connection:\r\n", true),
            ("1.0", "", false), ("1.0", "Connection: keep-alive\r\n", true),
            ("1.0", "Connection: keep-alive, close\r\n", false),
        ]
        for (version, fields, keepAlive) in golden {
            try withHead("GET / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n") {
                XCTAssertEqual($0.keepAlive, keepAlive, "\(version) \(fields)")
            }
        }
    }

    func testNothingIsHeldBackWhereThereIsNoContent() throws {
        try withHead(RequestTables.field("Expect: 100-continue")) {
            XCTAssertFalse($0.expectsContinue)
        }
        try withHead(RequestTables.field("Expect: 100-continue\r\nContent-Length: 0")) {
            XCTAssertFalse($0.expectsContinue)
        }
        try withHead(RequestTables.field("Content-Length: 1\r\nExpect: 100-continue")) {
            XCTAssertTrue($0.expectsContinue)
        }
    }

    func testOnlyAWholeUpgradeAsksForWebSocket() throws {
        let golden: [(version: String, fields: String, asks: Bool)] = [
            ("1.1", "Connection: Upgrade\r\nUpgrade: WebSocket", true),
            ("1.1", "Connection: keep-alive, upgrade\r\nUpgrade: h2c, websocket", true),
            ("1.1", "Upgrade: websocket", false), ("1.1", "Connection: upgrade", false),
            ("1.1", "Connection: upgrade\r\nUpgrade: h2c", false),
            ("1.1", "Connection: upgrade\r\nUpgrade: websocket/14", false),
            ("1.0", "Connection: upgrade\r\nUpgrade: websocket", false),
        ]
        for (version, fields, asks) in golden {
            try withHead("GET / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n\r\n") {
                XCTAssertEqual($0.asksForWebSocket, asks, "\(version) \(fields)")
            }
        }
    }

    func testFieldValuesAreReadByTheirGrammar() throws {
        let tokens: [(String, String?)] = [
            ("Bearer abc", "abc"), ("bEaReR  abc", "abc"), ("Bearer", nil), ("Bearer ", nil),
            ("Basic abc", nil), ("Bearerabc", nil), ("", nil),
        ]
        for (value, token) in tokens {
            try withHead(RequestTables.field("Authorization: \(value)")) {
                XCTAssertEqual($0.bearerToken.map { String($0) }, token, value)
            }
        }
        let types = [
            ("image/png", "image/png"), ("text/plain ; charset=utf-8", "text/plain"), ("", ""),
        ]
        for (value, type) in types {
            try withHead(RequestTables.field("Content-Type: \(value)")) {
                XCTAssertEqual($0.mediaType.map { String($0) }, type)
            }
        }
        let tags: [(String, Bool)] = [
            ("*", true), ("\"a\"", true), ("W/\"a\"", true), ("\"b\", \"a\"", true),
            ("\"b\"", false), ("a", false), ("", false), ("\"aa\"", false),
        ]
        for (value, has) in tags {
            try withHead(RequestTables.field("If-None-Match: \(value)")) {
                XCTAssertEqual($0.alreadyHas(entityTag: Bytes("\"a\"")), has, value)
            }
        }
    }

    func testACodingIsRuledOutByNoWeightAlone() throws {
        let fields = [
            ("X: y", false), ("Accept-Encoding: gzip", false),
            ("Accept-Encoding: deflate, GZip", false),
            ("Accept-Encoding: br;q=1, gzip;q=0.5", false), ("Accept-Encoding: *", false),
            ("Accept-Encoding: gzip;q=1.0, *;q=0", false),
            ("Accept-Encoding: identity, *;q=0.1", false),
            ("Accept-Encoding:", false), ("Accept-Encoding: identity", false),
            ("Accept-Encoding: gzip;q=0", true), ("Accept-Encoding: gzip ; Q=0.000", true),
            ("Accept-Encoding: *, gzip;q=0.", true), ("Accept-Encoding: *;q=0", true),
            ("Accept-Encoding: identity;q=1, *;q=0", true),
            ("Accept-Encoding: gzip2;q=0, xgzip;q=0", false),
        ]
        for (field, isRuledOut) in fields {
            try withHead(RequestTables.field(field)) {
                XCTAssertEqual($0.rulesOut(coding: "gzip"), isRuledOut, field)
            }
        }
    }

    func testPipelinedRequestsAreReadOneByOne() throws {
        let first = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
        let second = "GET /2 HTTP/1.1\r\nHost: b\r\n\r\n"
        var owned = OwnedBytes(first + second + "garbage\u{0}")
        var parser = RequestParser(headBytesMax: 8192)
        let one = try XCTUnwrap(try parser.parse(owned.bytes))
        XCTAssertEqual(one.length, first.utf8.count)
        XCTAssertEqual(String(one.head.path), "/1")

        parser = RequestParser(headBytesMax: 8192)
        let two = try XCTUnwrap(try parser.parse(owned.bytes.dropFirst(one.length)))
        XCTAssertEqual(two.length, second.utf8.count)
        XCTAssertEqual(String(two.head.path), "/2")
    }

    func testTheLargestHeadIsAcceptedAndOneByteMoreIsNot() {
        let frame = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n".utf8.count
        let golden: [(excess: Int, isAccepted: Bool)] = [(0, true), (1, false)]
        for (excess, isAccepted) in golden {
            let padding = String(repeating: "x", count: 200 - frame + excess)
            let input = latin1("GET / HTTP/1.1\r\nHost: a\r\nX: \(padding)\r\n\r\n")
            forEverySplit(of: input) { pieces, name in
                let outcome = headOutcome(pieces, headBytesMax: 200)
                XCTAssertEqual(outcome.hasPrefix("GET"), isAccepted, "\(name): \(outcome)")
                XCTAssertEqual(outcome.hasPrefix("431"), !isAccepted, "\(name): \(outcome)")
            }
        }
    }

    func testWhatIsTooLongIsNamed() {
        let long = String(repeating: "a", count: 9000)
        let golden: [(String, String)] = [
            ("GET /\(long) HTTP/1.1\r\n", "414"), ("\r\nGET /\(long)", "414"),
            (long, "501"), ("GET / HTTP/1.1\r\nHost: a\r\nX: \(long)\r\n\r\n", "431"),
            ("GET / HTTP/1.1\r\n\(long): a\r\n\r\n", "431"),
        ]
        for (input, status) in golden {
            forSomeSplits(of: latin1(input)) { pieces, name in
                let outcome = headOutcome(pieces)
                XCTAssertTrue(outcome.hasPrefix(status), "\(name): \(outcome)")
            }
        }
    }

    func testAFullBufferIsRefusedWithoutWaitingForMore() {
        let input = latin1("GET /" + String(repeating: "a", count: 95))
        XCTAssertEqual(headOutcome([Array(input.prefix(99))], headBytesMax: 100), "more")
        XCTAssertTrue(headOutcome([input], headBytesMax: 100).hasPrefix("414"))
    }

    func testTLSOnThePlainPortIsNamed() {
        XCTAssertTrue(headOutcome("\u{16}\u{03}\u{01}\u{02}\u{00}").contains("TLS"))
        XCTAssertFalse(headOutcome("G\u{16}\u{03}\u{01}").contains("TLS"))
    }

    func testALengthBeyondIntIsAboveEveryLimit() throws {
        try withHead(RequestTables.field("Content-Length: 18446744073709551615")) {
            XCTAssertEqual($0.body, .length(Int.max))
        }
    }

    func testAParserIsSmallEnoughForEveryConnection() {
        XCTAssertLessThanOrEqual(MemoryLayout<RequestParser>.size, 16)
        XCTAssertLessThanOrEqual(MemoryLayout<BodyDecoder>.size, 32)
    }
}
