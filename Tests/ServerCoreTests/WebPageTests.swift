import Memory
@testable import ServerCore
import TestSupport
import XCTest

/// The web client's files, whatever they hold.
final class WebPageTests: XCTestCase {
    /// Longer than any output buffer, so that it leaves in pieces.
    private static let script = [UInt8]((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    private var world: World!

    private func file(
        _ name: String, _ type: String, _ tag: String, _ content: [UInt8], isCompressed: Bool
    ) -> WebPageFile {
        WebPageFile(
            name: lent(name), mediaType: lent(type), entityTag: lent(tag), content: lent(content),
            isCompressed: isCompressed)
    }

    override func setUpWithError() throws {
        world = try World(
            page: WebPage(files: [
                file("app.js", "text/javascript", "\"1\"", Self.script, isCompressed: true),
                file("index.html", "text/html", "\"2\"", Array("<p>".utf8), isCompressed: false),
            ]))
    }
    override func tearDown() { world = nil }

    func testTheAddressAloneIsThePage() {
        let answer = world.connect().ask("GET", "/")
        XCTAssertEqual(answer.status, 200)
        XCTAssertEqual(answer.body, Array("<p>".utf8))
        XCTAssertEqual(answer.fields["content-type"], "text/html")
        XCTAssertEqual(answer.fields["cache-control"], "no-cache")
        XCTAssertNil(answer.fields["content-encoding"])
        XCTAssertTrue(answer.fields["content-security-policy"]!.hasPrefix("default-src 'none'; "))
    }

    func testALongFileComesWholeInPieces() {
        let client = world.connect()
        for _ in 0..<2 {
            let answer = client.ask("GET", "/app.js", fields: ["Accept-Encoding: gzip"])
            XCTAssertEqual(answer.body, Self.script)
            XCTAssertEqual(answer.fields["content-encoding"], "gzip")
            XCTAssertEqual(answer.fields["etag"], "\"1\"")
        }
        world.assertInvariants()
    }

    func testWhoHasAFileIsNotSentItAgain() {
        let client = world.connect()
        let answer = client.ask("GET", "/app.js", fields: ["If-None-Match: \"1\""])
        XCTAssertEqual(answer.status, 304)
        XCTAssertEqual(answer.fields["etag"], "\"1\"")
        XCTAssertEqual(client.ask("GET", "/app.js", fields: ["If-None-Match: \"2\""]).status, 200)
    }

    func testOnlyWhoRulesGzipOutIsRefused() {
        let client = world.connect()
        XCTAssertEqual(
            client.ask("GET", "/app.js", fields: ["Accept-Encoding: gzip;q=0"]).status, 406)
        XCTAssertEqual(client.ask("GET", "/", fields: ["Accept-Encoding: gzip;q=0"]).status, 200)
        let answer = client.ask("GET", "/app.js", fields: ["Accept-Encoding: identity"])
        XCTAssertEqual(answer.fields["content-encoding"], "gzip")
    }

    func testAFileIsOnlyReadAndOnlyThere() {
        let client = world.connect()
        XCTAssertEqual(client.ask("POST", "/app.js").status, 405)
        XCTAssertEqual(client.ask("GET", "/app.js/x").status, 404)
        XCTAssertEqual(client.ask("GET", "/app.j").status, 404)
        XCTAssertEqual(client.ask("GET", "//").status, 404)
    }
}
