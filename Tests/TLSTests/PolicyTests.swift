import TLS
import TLSClient
import TestSupport
import XCTest

/// What is negotiated, and with whom nothing is.
final class PolicyTests: XCTestCase {
    // IANA's numbers of cipher suites.
    private static let ecdsa = [0xCCA9, 0xC02B, 0xC02C]
    private static let rsa = [0xCCA8, 0xC02F, 0xC030]

    private func pair(_ identity: KnownIdentity, offering suites: [Int]) throws -> Pair {
        let pair = try Pair(.made(identity), trusting: identity)
        // The library keeps the pointer.
        let list = UnsafeMutablePointer<Int32>.allocate(capacity: suites.count + 1)
        for (index, suite) in suites.enumerated() { list[index] = Int32(suite) }
        list[suites.count] = 0
        tls_client_offer_suites(pair.client, list)
        tls_client_limit_version(pair.client, false)
        return pair
    }

    func testEveryKindOfKeyShakesHandsWithEverySuiteForIt() throws {
        for (identity, suites) in [
            (KnownIdentity.p256, Self.ecdsa), (.p384, Self.ecdsa), (.rsa2048, Self.rsa),
        ] {
            for suite in suites {
                let pair = try pair(identity, offering: [suite])
                XCTAssertEqual(pair.shakeHands(), .done)
                XCTAssertTrue(pair.suite.contains("ECDHE"), pair.suite)
                XCTAssertTrue(pair.send(Array("hello".utf8)))
                XCTAssertEqual(pair.receive(pair.fromClient()), Array("hello".utf8))
            }
        }
    }

    /// No forward secrecy, or no authenticated encryption: ECDHE with CBC, DHE, plain RSA, CCM_8.
    func testWeakSuitesAreRefused() throws {
        for suite in [0xC009, 0xC00A, 0xC023, 0xC024, 0xC0AE] {
            let pair = try pair(.p256, offering: [suite])
            XCTAssertEqual(pair.shakeHands(), .serverFailed)
            XCTAssertEqual(tls_client_alert(pair.client), 40, "handshake_failure")
        }
        for suite in [0xC013, 0xC027, 0x009E, 0x0033, 0x009C, 0x002F, 0xCCAA] {
            XCTAssertEqual(try pair(.rsa2048, offering: [suite]).shakeHands(), .serverFailed)
        }
    }

    func testTheServersChoiceOfSuiteHolds() throws {
        let asked = try pair(.p256, offering: Self.ecdsa)
        asked.shakeHands()
        let reversed = try pair(.p256, offering: Self.ecdsa.reversed())
        reversed.shakeHands()
        XCTAssertEqual(asked.suite, reversed.suite)
    }

    func testOldVersionsAreRefused() throws {
        let pair = try Pair(.made())
        tls_client_limit_version(pair.client, true)
        let outcome = pair.shakeHands()
        // The client of 3.x has no old version to offer.
        guard pair.version != "TLSv1.2" else { return }
        XCTAssertEqual(outcome, .serverFailed)
        XCTAssertEqual(tls_client_alert(pair.client), 70, "protocol_version")
    }

    func testTheProtocolIsHTTP1() throws {
        let pair = try Pair(.made())
        tls_client_offer_protocol(pair.client, "http/1.1")
        XCTAssertEqual(pair.shakeHands(), .done)
        XCTAssertEqual(tls_client_protocol(pair.client).map { String(cString: $0) }, "http/1.1")
        let other = try Pair(.made())
        tls_client_offer_protocol(other.client, "h2")
        // mbedTLS 3 says why before it fails, and the client hears of it first.
        XCTAssertTrue([.serverFailed, .clientFailed].contains(other.shakeHands()))
        XCTAssertEqual(tls_client_alert(other.client), 120, "no_application_protocol")
    }

    /// Once shaken, hands stay so; the session goes on (RFC 5246 §7.4.1.1, RFC 9325 §3.5).
    func testRenegotiationIsRefused() throws {
        let pair = try Pair(.made())
        tls_client_limit_version(pair.client, false)
        pair.shakeHands()
        tls_client_renegotiate(pair.client)
        let hello = pair.fromClient()
        try XCTSkipIf(hello.isEmpty, "this client cannot ask")
        XCTAssertTrue(pair.offer(hello[...]).isEmpty)
        let (_, reading) = pair.read()
        switch reading {
        case .wantsOutput, .wantsInput, .failed: break
        default: XCTFail("\(reading)")
        }
        pair.sendPending()
        guard case .failed = reading else {
            XCTAssertEqual(withBytes("still here") { pair.session.write($0) }, 10)
            pair.sendPending()
            return
        }
    }

    func testTheCurveIsOneOfTwo() throws {
        let pair = try Pair(.made())
        tls_client_limit_version(pair.client, false)
        _ = tls_client_handshake(pair.client)
        _ = pair.offer(pair.fromClient()[...])
        var flight: [UInt8] = []
        for _ in 0..<20 {
            var steps = 1
            if case .wantsInput = pair.session.handshake(steps: &steps) { break }
            flight += pair.sendPending()
        }
        // ServerKeyExchange (12): a length of 24 bits, then named_curve (3) and the curve.
        let curve = flight.indices.dropLast(8).first {
            flight[$0] == 22 && flight[$0 + 5] == 12 && flight[$0 + 9] == 3
        }.map { Int(flight[$0 + 10]) << 8 | Int(flight[$0 + 11]) }
        XCTAssertTrue(curve == 23 || curve == 29, "\(curve ?? -1) is neither P-256 nor X25519")
    }
}
