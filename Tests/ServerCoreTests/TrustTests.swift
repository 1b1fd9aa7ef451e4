import Memory
@testable import ServerCore
import XCTest

/// The page that hands out the authority's certificate, without any certificate.
final class TrustTests: XCTestCase {
    private let html = String(repeating: "<p>long</p>", count: 9_000)

    private func world(_ page: TrustPage?) throws -> World { try World(trustPage: page) }

    private var page: TrustPage {
        TrustPage(
            html: lent(html), style: lent("style"), script: lent("script"),
            certificate: lent([0x30, 0, 0xFF]), certificatePEM: lent("pem"),
            profile: lent("profile"), writeNames: { $0.append(#"{"names":["pi"]}"#) })
    }

    func testEachPartIsServedToAnyoneAsWhatItIs() throws {
        let world = try world(page)
        let client = world.connect()
        for (path, type, body) in [
            ("/trust", "text/html; charset=utf-8", Array(html.utf8)),
            ("/trust/", "text/html; charset=utf-8", Array(html.utf8)),
            ("/trust/trust.css", "text/css; charset=utf-8", Array("style".utf8)),
            ("/trust/trust.js", "text/javascript; charset=utf-8", Array("script".utf8)),
            ("/trust/concord-ca.crt", "application/x-x509-ca-cert", [0x30, 0, 0xFF]),
            ("/trust/concord-ca.pem", "application/x-pem-file", Array("pem".utf8)),
            (
                "/trust/concord.mobileconfig", "application/x-apple-aspen-config",
                Array("profile".utf8)
            ),
            ("/trust/names.json", "application/json", Array(#"{"names":["pi"]}"#.utf8)),
        ] {
            let answer = client.ask("GET", path)
            XCTAssertEqual(answer.status, 200, path)
            XCTAssertEqual(answer.fields["content-type"], type)
            XCTAssertTrue(answer.body == body, path)
            let head = client.ask("HEAD", path)
            XCTAssertEqual(head.fields["content-length"], "\(body.count)")
            XCTAssertEqual(client.ask("POST", path).status, 405)
        }
    }

    func testThePageMayLoadNothingFromElsewhere() throws {
        let world = try world(page)
        let answer = world.connect().ask("GET", "/trust")
        let policy = try XCTUnwrap(answer.fields["content-security-policy"])
        for rule in [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'",
            "form-action 'none'", "frame-ancestors 'none'",
        ] { XCTAssertTrue(policy.contains(rule), rule) }
        XCTAssertFalse(policy.contains("unsafe"))
    }

    func testAWebSocketIsGreetedAndClosedWithoutALogin() throws {
        let world = try world(page)
        let client = world.connect()
        client.send("GET", "/trust/check", fields: Client.handshakeFields)
        world.settle()
        client.read()
        XCTAssertTrue(client.isWebSocket)
        XCTAssertEqual(client.messages("greeting").count, 1)
        client.closes(1000)
        XCTAssertEqual(world.server.subscribers.count, 0)
        client.peer.send(Client.close(1000))
        world.settle()
        world.assertInvariants()
    }

    func testWhatIsNoHandshakeIsToldSo() throws {
        let world = try world(page)
        let client = world.connect()
        XCTAssertEqual(client.ask("GET", "/trust/check").status, 400)
        XCTAssertEqual(client.ask("GET", "/trust/elsewhere").status, 404)
        XCTAssertEqual(client.ask("GET", "/trust/check/more").status, 404)
    }

    func testWithoutAnAuthorityThereIsNothingToTrust() throws {
        let world = try world(nil)
        let client = world.connect()
        for path in ["/trust", "/trust/concord-ca.crt", "/trust/names.json"] {
            XCTAssertEqual(client.ask("GET", path).status, 404)
        }
        XCTAssertEqual(
            client.ask("GET", "/trust/check", fields: Client.handshakeFields).status, 404)
    }
}
