import HTTP
import Memory
import TestSupport
import XCTest

final class BodyDecoderTests: XCTestCase {
    private typealias Row = (name: String, input: String, payload: String, status: UInt16?)

    private static let chunked: [Row] = [
        ("one chunk", "5\r\nhello\r\n0\r\n\r\n", "hello", nil),
        ("two chunks", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world", nil),
        ("no chunk", "0\r\n\r\n", "", nil),
        ("upper-case size", "A\r\n0123456789\r\n0\r\n\r\n", "0123456789", nil),
        ("lower-case size", "a\r\n0123456789\r\n0\r\n\r\n", "0123456789", nil),
        ("leading zeros", "0005\r\nhello\r\n000\r\n\r\n", "hello", nil),
        ("line ends as payload", "4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n", nil),
        ("an extension", "5;a=b\r\nhello\r\n0;c\r\n\r\n", "hello", nil),
        ("many extensions", "5 ; a = \"b;\\\"c\" ;d\t;e=f\r\nhello\r\n0\r\n\r\n", "hello", nil),
        ("trailers", "1\r\na\r\n0\r\nX: b\r\nContent-Length: 9\r\nY:\r\n\r\n", "a", nil),
        ("no size", "\r\nhello\r\n0\r\n\r\n", "", 400),
        ("an extension without a size", ";a\r\n", "", 400),
        ("a word for a size", "xyz\r\n", "", 400),
        ("a prefix", "0x5\r\nhello\r\n0\r\n\r\n", "", 400),
        ("an underscore", "1_0\r\n", "", 400),
        ("a plus", "+5\r\nhello\r\n", "", 400),
        ("a minus", "-5\r\nhello\r\n", "", 400),
        ("a space before the size", " 5\r\nhello\r\n", "", 400),
        ("a space after the size", "5 \r\nhello\r\n", "", 400),
        ("two sizes", "5 5\r\nhello\r\n", "", 400),
        ("a dot in the size", "5.0\r\nhello\r\n", "", 400),
        ("LF alone after the size", "5\nhello\r\n0\r\n\r\n", "", 400),
        ("CR alone after the size", "5\rhello\r\n0\r\n\r\n", "", 400),
        ("CR CR LF after the size", "5\r\r\nhello\r\n", "", 400),
        ("LF alone after the data", "5\r\nhello\n0\r\n\r\n", "hello", 400),
        ("CR alone after the data", "5\r\nhello\r0\r\n\r\n", "hello", 400),
        ("nothing after the data", "5\r\nhello0\r\n\r\n", "hello", 400),
        ("more data than said", "5\r\nhello world\r\n0\r\n\r\n", "hello", 400),
        ("less data than said", "6\r\nhello\r\n0\r\n\r\n", "hello\r", 400),
        ("a bare semicolon", "5;\r\nhello\r\n", "", 400),
        ("two semicolons", "5;;a\r\nhello\r\n", "", 400),
        ("an extension without a name", "5;=b\r\nhello\r\n", "", 400),
        ("an extension without a value", "5;a=\r\nhello\r\n", "", 400),
        ("an extension with a bad name", "5;a[=b\r\nhello\r\n", "", 400),
        ("two words in an extension", "5;a b\r\nhello\r\n", "", 400),
        ("two values in an extension", "5;a=b c\r\nhello\r\n", "", 400),
        ("a quote not closed", "5;a=\"b\r\nhello\r\n", "", 400),
        ("more after a quote", "5;a=\"b\"c\r\nhello\r\n", "", 400),
        ("blanks at the end", "5;a \r\nhello\r\n", "", 400),
        ("NUL in an extension", "5;a\u{0}\r\nhello\r\n", "", 400),
        ("NUL in a quote", "5;a=\"\u{0}\"\r\nhello\r\n", "", 400),
        ("an escaped line end", "5;a=\"\\\r\n\"\r\nhello\r\n", "", 400),
        ("LF in an extension", "5;a\nb\r\nhello\r\n", "", 400),
        ("CR in an extension", "5;a\rb\r\nhello\r\n", "", 400),
        ("a size beyond 64 bits", "10000000000000000\r\n", "", 400),
        ("a size far beyond 64 bits", "ffffffffffffffffffffffff\r\n", "", 400),
        ("the largest size", "ffffffffffffffff\r\n", "", 413),
        ("a size beyond the limit", "3e9\r\n", "", 413),
        ("a trailer without a name", "0\r\n: a\r\n\r\n", "", 400),
        ("a trailer with a space before the colon", "0\r\nX : a\r\n\r\n", "", 400),
        ("a trailer without a colon", "0\r\nX\r\n\r\n", "", 400),
        ("a folded trailer", "0\r\nX: a\r\n b\r\n\r\n", "", 400),
        ("NUL in a trailer", "0\r\nX: a\u{0}\r\n\r\n", "", 400),
        ("LF alone in a trailer", "0\r\nX: a\n\r\n", "", 400),
        ("CR alone in a trailer", "0\r\nX: a\rb\r\n\r\n", "", 400),
        ("LF alone at the end", "0\r\n\n", "", 400),
        ("CR alone at the end", "0\r\n\r\r\n", "", 400),
    ]

    func testChunkedBodiesComeOutRightHoweverTheyAreSplit() {
        for row in Self.chunked {
            // What follows a body is not its own to take.
            let body = latin1(row.input)
            let input = body + (row.status == nil ? latin1("GET /") : [])
            forEverySplit(of: input) { pieces, name in
                for outBytes in [128, 1] {
                    let outcome = bodyOutcome(.chunked, pieces, outBytes: outBytes)
                    let place = "\(row.name), \(name), writer of \(outBytes)"
                    XCTAssertEqual(outcome.payload, latin1(row.payload), place)
                    XCTAssertEqual(outcome.status, row.status, place)
                    XCTAssertEqual(outcome.isComplete, row.status == nil, place)
                    if row.status == nil { XCTAssertEqual(outcome.consumed, body.count, place) }
                }
            }
        }
    }

    func testNoPrefixOfAChunkedBodyIsComplete() {
        for row in Self.chunked where row.status == nil {
            let input = latin1(row.input)
            for length in 0..<input.count {
                let outcome = bodyOutcome(.chunked, [Array(input[..<length])])
                XCTAssertFalse(outcome.isComplete, "\(row.name) cut at \(length)")
                XCTAssertNil(outcome.status, "\(row.name) cut at \(length)")
            }
        }
    }

    func testMutatedChunkedBodiesComeOutTheSameHoweverTheyAreSplit() {
        let seeds = Self.chunked.map { latin1($0.input) }
        var generator = SeededGenerator(state: 7)
        for round in 0..<4000 {
            let input = seeds.randomElement(using: &generator)!.mutated(using: &generator)
            let whole = bodyOutcome(.chunked, [input])
            let bytes = input.map { [$0] }
            XCTAssertEqual(bodyOutcome(.chunked, bytes), whole, "round \(round): \(input)")
            let pieces = input.randomPieces(using: &generator)
            XCTAssertEqual(
                bodyOutcome(.chunked, pieces, outBytes: 2), whole, "round \(round): \(pieces)")
        }
    }

    func testMeasuredBodiesTakeTheirLengthAndNoMore() {
        let input = latin1("hello\u{0}\r\nGET /")
        forEverySplit(of: input) { pieces, name in
            for outBytes in [128, 3] {
                let outcome = bodyOutcome(.length(8), pieces, outBytes: outBytes)
                XCTAssertEqual(outcome.payload, Array(input[..<8]), name)
                XCTAssertEqual(outcome.consumed, 8, name)
                XCTAssertTrue(outcome.isComplete, name)
            }
        }
        XCTAssertFalse(bodyOutcome(.length(8), [Array(input[..<7])]).isComplete)
        for framing in [RequestHead.Body.none, .length(0)] {
            let outcome = bodyOutcome(framing, [input])
            XCTAssertTrue(outcome.isComplete)
            XCTAssertEqual(outcome.consumed, 0)
        }
    }

    func testALengthBeyondTheLimitIsRefusedBeforeAnythingIsRead() {
        XCTAssertNoThrow(try BodyDecoder(.length(1000), bytesMax: 1000))
        XCTAssertThrowsError(try BodyDecoder(.length(1001), bytesMax: 1000)) {
            XCTAssertEqual(($0 as? HTTPError)?.status, .contentTooLarge)
        }
    }

    func testChunksTogetherMayNotPassTheLimit() {
        let input = latin1("5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n")
        XCTAssertTrue(bodyOutcome(.chunked, [input], bytesMax: 10).isComplete)
        forEverySplit(of: input) { pieces, name in
            let outcome = bodyOutcome(.chunked, pieces, bytesMax: 9)
            XCTAssertEqual(outcome.status, 413, name)
            XCTAssertEqual(outcome.payload, latin1("hello"), name)
        }
    }

    func testChunkLinesAndTrailersHaveALimit() {
        func extended(_ length: Int) -> [UInt8] {
            latin1("1;" + String(repeating: "a", count: length - 4) + "\r\nx\r\n0\r\n\r\n")
        }
        func trailed(_ length: Int) -> [UInt8] {
            latin1("0\r\nX:" + String(repeating: "a", count: length - 6) + "\r\n\r\n")
        }
        let line = BodyDecoder.chunkLineBytesMax
        let trailer = BodyDecoder.trailerBytesMax
        XCTAssertTrue(bodyOutcome(.chunked, [extended(line)]).isComplete)
        XCTAssertEqual(bodyOutcome(.chunked, [extended(line + 1)]).status, 400)
        XCTAssertTrue(bodyOutcome(.chunked, [trailed(trailer)]).isComplete)
        XCTAssertEqual(bodyOutcome(.chunked, [trailed(trailer + 1)]).status, 431)
        let zeros = latin1(String(repeating: "0", count: line - 1))
        XCTAssertEqual(bodyOutcome(.chunked, [zeros + latin1("\r\n")]).status, 400)
    }
}
