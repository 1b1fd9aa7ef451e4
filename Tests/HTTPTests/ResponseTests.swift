import HTTP
import Memory
import TestSupport
import XCTest

final class ResponseTests: XCTestCase {
    private func text(
        _ head: ResponseHead, extra: (inout ByteWriter) -> Void = { _ in }
    ) -> String {
        var storage = OwnedBytes([UInt8](repeating: 0, count: ResponseHead.bytesMax))
        var out = ByteWriter(storage.mutable)
        head.write(into: &out, extra: extra)
        XCTAssertFalse(out.overflowed)
        return String(out.bytes)
    }

    private let common =
        "X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n"
        + "Referrer-Policy: no-referrer\r\nAccess-Control-Allow-Origin: *\r\n"

    func testAWholeHeadIsWrittenToTheLetter() {
        var head = ResponseHead(
            .ok, contentType: "application/json", framing: .length(42), keepAlive: true)
        head.unixTime = 784_111_777
        XCTAssertEqual(
            text(head),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n" + common
                + "Cache-Control: no-store\r\nContent-Type: application/json\r\n"
                + "Content-Length: 42\r\n\r\n")
    }

    func testAnImmutableAssetMayBeKept() {
        var head = ResponseHead(.ok, contentType: "image/png", framing: .chunked, keepAlive: false)
        head.caching = .immutable
        XCTAssertEqual(
            text(head) { $0.appendField("ETag", "\"7\"") },
            "HTTP/1.1 200 OK\r\n" + common
                + "Cache-Control: public, max-age=31536000, immutable\r\n"
                + "Content-Type: image/png\r\nTransfer-Encoding: chunked\r\n"
                + "Connection: close\r\nETag: \"7\"\r\n\r\n")
    }

    func testFramingAndConnectionAgree() {
        let golden: [(ResponseHead.Framing, keepAlive: Bool, minorVersion: Int, String)] = [
            (.length(0), true, 1, "Content-Length: 0\r\n\r\n"),
            (.length(0), false, 1, "Content-Length: 0\r\nConnection: close\r\n\r\n"),
            (.length(0), true, 0, "Content-Length: 0\r\nConnection: keep-alive\r\n\r\n"),
            (.chunked, true, 1, "Transfer-Encoding: chunked\r\n\r\n"),
            (.untilClose, true, 1, "no-store\r\nConnection: close\r\n\r\n"),
            (.untilClose, true, 0, "no-store\r\nConnection: close\r\n\r\n"),
            (.noBody, true, 1, "no-store\r\n\r\n"),
        ]
        for (framing, keepAlive, minorVersion, ending) in golden {
            var head = ResponseHead(.ok, framing: framing, keepAlive: keepAlive)
            head.minorVersion = minorVersion
            let written = text(head)
            XCTAssertTrue(written.hasSuffix(ending), written)
        }
    }

    func testPreflightsNameAuthorization() {
        let head = ResponseHead(.ok, framing: .length(0), keepAlive: true)
        let written = text(head) { $0.appendPreflightFields() }
        XCTAssertTrue(
            written.hasSuffix(
                "Access-Control-Allow-Methods: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"
                    + "Access-Control-Allow-Headers: *, Authorization\r\n"
                    + "Access-Control-Max-Age: 1800\r\n\r\n"))
    }

    func testSwitchingProtocolsSaysToWhat() {
        let head = ResponseHead(.switchingProtocols, framing: .noBody, keepAlive: true)
        let written = text(head) {
            $0.appendUpgradeFields()
            $0.appendField("Sec-WebSocket-Accept", Bytes("abc="))
        }
        XCTAssertTrue(written.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
        XCTAssertTrue(
            written.hasSuffix(
                "no-store\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Accept: abc=\r\n\r\n"))
        XCTAssertFalse(written.contains("Content-Length"))
    }

    func testTheLargestHeadFitsItsRoom() {
        var head = ResponseHead(
            .requestHeaderFieldsTooLarge, contentType: "text/javascript; charset=utf-8",
            framing: .length(Int.max), keepAlive: true)
        head.unixTime = 0
        head.caching = .immutable
        head.minorVersion = 0
        let base = text(head).utf8.count
        XCTAssertLessThanOrEqual(base + ResponseHead.extraBytesMax, ResponseHead.bytesMax)
        let preflight = text(head) { $0.appendPreflightFields() }.utf8.count - base
        XCTAssertLessThanOrEqual(preflight, ResponseHead.extraBytesMax)
    }

    func testAHeadIsPutRightBeforeItsBody() {
        let bodyStart = ResponseHead.bytesMax + 3
        var buffer = OwnedBytes([UInt8](repeating: 0x23, count: bodyStart + 5))
        buffer.mutable.copy(Bytes("hello"), at: bodyStart)
        let head = ResponseHead(.ok, framing: .length(5), keepAlive: true)
        let start = head.write(before: bodyStart, of: buffer.mutable) {
            $0.appendField("Retry-After", 5)
        }
        let whole = String(buffer.bytes.dropFirst(start))
        XCTAssertEqual(whole, text(head) { $0.appendField("Retry-After", 5) } + "hello")
        XCTAssertEqual(String(buffer.bytes.prefix(3)), "###", "the room's outside is left alone")
    }

    func testAHeadThatDoesNotFitIsNoticed() {
        var storage = OwnedBytes([UInt8](repeating: 0, count: 50))
        var out = ByteWriter(storage.mutable)
        ResponseHead(.ok, framing: .noBody, keepAlive: true).write(into: &out)
        XCTAssertTrue(out.overflowed)
    }

    func testEveryStatusHasItsLine() {
        for code in UInt16(0)...999 {
            guard let status = HTTPStatus(rawValue: code) else { continue }
            let written = text(ResponseHead(status, framing: .noBody, keepAlive: true))
            XCTAssertTrue(written.hasPrefix("HTTP/1.1 \(code) \(status.reasonPhrase)\r\n"))
        }
    }

    func testDatesAgreeWithTheCalendar() throws {
        let golden: [(Int64, String)] = [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (2_147_483_648, "Tue, 19 Jan 2038 03:14:08 GMT"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (Int64.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (Int64.min, "Thu, 01 Jan 1970 00:00:00 GMT"),
        ]
        for (time, expected) in golden { XCTAssertEqual(date(time), expected) }

        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        // Every day of 140 years, at a changing time of day.
        for day in Int64(0)..<51_134 {
            let time = day * 86_400 + day * 7919 % 86_400
            let expected = formatter.string(from: Date(timeIntervalSince1970: TimeInterval(time)))
            XCTAssertEqual(date(time), expected)
        }
    }

    private func date(_ unixTime: Int64) -> String {
        var storage = OwnedBytes([UInt8](repeating: 0, count: HTTPDate.byteCount))
        var out = ByteWriter(storage.mutable)
        HTTPDate.write(unixTime: unixTime, into: &out)
        XCTAssertFalse(out.overflowed)
        return String(out.bytes)
    }
}

final class ChunkedBodyTests: XCTestCase {
    private func written(_ chunks: [[UInt8]]) -> [UInt8] {
        let capacity = chunks.reduce(16) { $0 + $1.count + ChunkedBody.overhead }
        var storage = OwnedBytes([UInt8](repeating: 0, count: capacity))
        var out = ByteWriter(storage.mutable)
        for chunk in chunks {
            let mark = ChunkedBody.beginChunk(in: &out)
            for byte in chunk { out.append(byte) }
            ChunkedBody.endChunk(mark, in: &out)
        }
        out.append(ChunkedBody.lastChunk)
        XCTAssertFalse(out.overflowed)
        return [UInt8](out.bytes)
    }

    func testChunksAreWrittenToTheLetter() {
        XCTAssertEqual(
            written([latin1("hello"), [], [UInt8](repeating: 0x61, count: 0x10)]),
            latin1("0005\r\nhello\r\n0010\r\naaaaaaaaaaaaaaaa\r\n0\r\n\r\n"))
        XCTAssertEqual(written([]), latin1("0\r\n\r\n"))
    }

    func testTheDecoderReadsWhatIsWritten() {
        let chunks = [1, 15, 256, 4095, ChunkedBody.chunkBytesMax].map {
            [UInt8](repeating: UInt8($0 & 0xFF), count: $0)
        }
        let body = written(chunks)
        let outcome = bodyOutcome(.chunked, [body], bytesMax: 100_000, outBytes: 100_000)
        XCTAssertEqual(outcome.payload, Array(chunks.joined()))
        XCTAssertEqual(outcome.consumed, body.count)
        XCTAssertTrue(outcome.isComplete)
    }

    func testAChunkThatDoesNotFitIsLeftToTheCaller() {
        var storage = OwnedBytes([UInt8](repeating: 0, count: 12))
        var out = ByteWriter(storage.mutable)
        let mark = ChunkedBody.beginChunk(in: &out)
        out.append(Bytes("hello world"))
        ChunkedBody.endChunk(mark, in: &out)
        XCTAssertTrue(out.overflowed)

        out.removeAll()
        for length in 7...12 {
            out.rewind(to: 0)
            let mark = ChunkedBody.beginChunk(in: &out)
            for _ in 6..<length { out.append(0x61) }
            ChunkedBody.endChunk(mark, in: &out)
            XCTAssertEqual(out.overflowed, length + 2 > 12)
        }
    }
}
