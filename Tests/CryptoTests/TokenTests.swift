import Crypto
import Memory
import TestSupport
import XCTest

final class TokenTests: XCTestCase {
    private let signer = TokenSigner(key: .secret(lend(key)), remembered: 0)
    private let scratch = MutableBytes.allocate(TokenSigner.scratchBytes)
    private let now: Int64 = 50_000

    // PyJWT's, with the key 00 01 … 1F.
    private let foreign =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbGljZSIsImlkIjoxMjMsImV4cCI6MjAwMDAwMDA"
        + "wMCwiaXNzIjoiQ29uY29yZCIsImlhdCI6MTcwMDAwMDAwMCwicnVuIjoxMDAwLCJnZW4iOjN9.Em0bysOyecW_kg"
        + "U2mleHhqhdP6iunBChRjSVlBmOvOA"
    private let foreignEscaped =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ6b1x1MDBlYiBcInFcIiBcdWQ4M2RcdWRkMTEiLCJ"
        + "pZCI6OTAwNzE5OTI1NDc0MDk5MSwiZXhwIjoyMDAwMDAwMDAwLCJpc3MiOiJDb25jb3JkIiwiaWF0IjoxNzAwMDA"
        + "wMDAwLCJydW4iOjEwMDAsImdlbiI6MH0.wOo6sZc0uqSM4_IItoE6Fufjwmrnpt9Bety-NtjMtmk"

    func testATokenOfAnotherLibraryIsVerified() throws {
        let claims = try verify(foreign)
        XCTAssertEqual(String(claims.username), "alice")
        XCTAssertEqual(claims.user, 123)
        XCTAssertEqual(claims.issuedAt, 1_700_000_000)
        XCTAssertEqual(claims.expiresAt, 2_000_000_000)
        XCTAssertEqual(claims.issuedAtRunning, 1_000)
        XCTAssertEqual(claims.generation, 3)

        let escaped = try verify(foreignEscaped)
        XCTAssertEqual(String(escaped.username), #"zoë "q" 🔑"#)
        XCTAssertEqual(escaped.user, 9_007_199_254_740_991)
    }

    /// PyJWT accepts this very text.
    func testSigningIsReproducible() {
        XCTAssertEqual(
            sign(user: 123, username: "alice", generation: 3),
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbGljZSIsImlkIjoxMjMsImlhdCI6MTc"
                + "wMDAwMDAwMCwiZXhwIjoyMDAwMDAwMDAwLCJpc3MiOiJDb25jb3JkIiwicnVuIjoxMDAwLCJnZW4iOjN"
                + "9.JnzZtcnodW5fNC9H3uZSLI2abyMoaocHRcLXuC78d48")
    }

    func testWhatIsSignedIsVerified() throws {
        let worst = String(repeating: "\u{1}", count: TokenClaims.usernameBytesMax)
        for username in ["", "a", #"zoë "q" \ 🔑"#, String(repeating: "é", count: 128), worst] {
            let token = sign(user: .max, username: username, generation: .min)
            guard token.utf8.count <= TokenSigner.tokenBytesMax else {
                XCTAssertEqual(username, worst)
                assertRefused(token, .tooLong)
                continue
            }
            let claims = try verify(token)
            XCTAssertEqual(String(claims.username), username)
            XCTAssertEqual(claims.user, .max)
            XCTAssertEqual(claims.generation, .min)
        }
    }

    func testATokenThatDoesNotFitOverflows() {
        for room in 0..<foreign.utf8.count {
            var out = ByteWriter(.allocate(room))
            _ = signer.sign(claims(user: 123, username: "alice", generation: 3), into: &out)
            XCTAssertTrue(out.overflowed, "\(room)")
        }
    }

    /// It was issued at second 1,000 of the server's life, for 300,000,000 seconds.
    func testItIsVoidFromTheFirstSecondThatTheServerHasRunTooLong() throws {
        XCTAssertEqual(try verify(foreign, now: 0).user, 123, "a crash took the time back")
        XCTAssertEqual(try verify(foreign, now: 300_000_999).user, 123)
        assertRefused(foreign, .expired, now: 300_001_000)
        assertRefused(foreign, .expired, now: .max)
    }

    func testALifetimeThatIsNoNumberIsOver() throws {
        for (issued, expires, run) in [
            ("-9223372036854775808", "1", "0"), ("0", "9223372036854775807", "1"),
            ("5", "5", "0"), ("5", "4", "0"),
        ] {
            let text =
                #"{"sub":"a","id":1,"iat":\#(issued),"exp":\#(expires),"iss":"Concord","#
                + #""run":\#(run),"gen":0}"#
            assertRefused(seal(header, text), .expired, text)
        }
    }

    func testEveryChangedByteIsRefused() {
        let token = Array(foreign.utf8)
        for index in token.indices {
            for value in UInt8.min...UInt8.max where value != token[index] {
                var changed = token
                changed[index] = value
                XCTAssertThrowsError(try verify(changed), "\(value) at \(index)")
            }
        }
    }

    func testEveryTruncationAndExtensionIsRefused() {
        let token = Array(foreign.utf8)
        for length in token.indices {
            XCTAssertThrowsError(try verify(Array(token[..<length])), "\(length)")
            XCTAssertThrowsError(try verify(Array(token[length...].dropFirst())), "\(length)")
        }
        for byte in UInt8.min...UInt8.max { XCTAssertThrowsError(try verify(token + [byte])) }
    }

    func testAnotherKeyIsRefused() {
        for bit in 0..<256 {
            var other = key
            other[bit / 8] ^= 1 << (bit % 8)
            let token = seal(header, claims, key: other)
            assertRefused(token, .badSignature)
        }
    }

    func testTheShapeIsThreeParts() {
        let refused = ["", ".", "..", "...", "a.b", "a.b.c.d", foreign + ".", "." + foreign]
        for token in refused where token != ".." { assertRefused(token, .malformed) }
        assertRefused("..", .unsupportedHeader)
    }

    func testOnlyOurHeaderIsTaken() throws {
        let taken = [
            #"{"alg":"HS256"}"#, #"{"typ":"JWT","alg":"HS256"}"#, #" { "alg" : "\u0048S256" } "#,
        ]
        for header in taken { XCTAssertEqual(try verify(seal(header, claims)).user, 1, header) }
        let refused = [
            "", "{}", "[]", "null", #""HS256""#, #"{"alg":"HS256""#, #"{"typ":"JWT"}"#,
            #"{"alg":"none"}"#, #"{"alg":"None"}"#, #"{"alg":"RS256"}"#, #"{"alg":"HS512"}"#,
            #"{"alg":"hs256"}"#, #"{"alg":null}"#, #"{"alg":["HS256"]}"#, #"{"alg":256}"#,
            #"{"alg":"HS256","alg":"none"}"#, #"{"alg":"none","alg":"HS256"}"#,
            #"{"alg":"HS256","typ":"JOSE"}"#, #"{"alg":"HS256","typ":null}"#,
            #"{"alg":"HS256","kid":"1"}"#, #"{"alg":"HS256","b64":false,"crit":["b64"]}"#,
            #"{"alg":"HS256"}{"alg":"none"}"#,
        ]
        for header in refused { assertRefused(seal(header, claims), .unsupportedHeader, header) }
    }

    func testAnUnsignedTokenIsRefused() {
        let unsigned = base64URL(#"{"alg":"none"}"#) + "." + base64URL(claims) + "."
        assertRefused(unsigned, .unsupportedHeader)
    }

    func testEveryClaimIsRequiredAndTyped() {
        let all = [
            "sub": #""a""#, "id": "1", "iat": "1700000000", "exp": "2000000000",
            "iss": #""Concord""#, "run": "1000", "gen": "0",
        ]
        let text = { (claims: [String: String]) in
            "{" + claims.map { #""\#($0)":\#($1)"# }.joined(separator: ",") + "}"
        }
        XCTAssertEqual(try verify(seal(header, text(all))).user, 1)
        for name in all.keys {
            var changed = all
            changed[name] = nil
            assertRefused(seal(header, text(changed)), .invalidClaims, "without \(name)")
            let isText = name == "sub" || name == "iss"
            for value in ["null", "true", "[]", "{}", "1.5", "1e30", isText ? "1" : #""1""#] {
                changed[name] = value
                assertRefused(seal(header, text(changed)), .invalidClaims, "\(name): \(value)")
            }
        }
    }

    func testOtherClaimsAreIgnored() {
        let more = claims.dropLast() + #","nbf":99999999999,"aud":["x"],"a":{"sub":"b"}}"#
        XCTAssertEqual(try verify(seal(header, String(more))).user, 1)
    }

    func testAnotherIssuerIsRefused() {
        for issuer in ["", "concord", "Concord ", "Concor"] {
            let other = claims.replacingOccurrences(of: #""Concord""#, with: #""\#(issuer)""#)
            assertRefused(seal(header, other), .foreignIssuer, issuer)
        }
    }

    func testClaimsThatAreNoObjectAreRefused() {
        for text in ["", "1", "[]", "{", claims + ",", claims + claims, "{\"sub\":\"\u{1}\"}"] {
            assertRefused(seal(header, text), .malformed, text)
        }
        let signed = base64URL(header) + "." + base64URL(claims) + "="
        assertRefused(signed + "." + signature(of: signed, key: key), .malformed)
    }

    func testTheLongestTokenIsTakenAndOneByteMoreIsNot() throws {
        // An escaped username as long as fits: all of the scratch memory is used.
        let frame = base64URL(header).utf8.count + 2 + 43
        let room = (TokenSigner.tokenBytesMax - frame) / 4 * 3
        let escapes = (room - claims.utf8.count) / 2
        let padding = String(repeating: " ", count: room - claims.utf8.count - 2 * escapes)
        let longest = claims.replacingOccurrences(
            of: #""alice""#, with: #""alice"# + String(repeating: #"\n"#, count: escapes) + #"""#)
        let token = seal(header, longest + padding)
        XCTAssertGreaterThan(token.utf8.count, TokenSigner.tokenBytesMax - 4)
        XCTAssertLessThanOrEqual(token.utf8.count, TokenSigner.tokenBytesMax)
        XCTAssertEqual(
            String(try verify(token).username), "alice" + String(repeating: "\n", count: escapes))
        assertRefused(seal(header, longest + padding + "   "), .tooLong)
    }

    // MARK: Tokens made by hand

    private let header = #"{"alg":"HS256","typ":"JWT"}"#
    private let claims =
        #"{"sub":"alice","id":1,"iat":1700000000,"exp":2000000000,"iss":"Concord","run":1000,"gen":0}"#

    private func sign(user: Int64, username: String, generation: Int64) -> String {
        var out = ByteWriter(.allocate(4096))
        XCTAssertTrue(
            signer.sign(
                claims(user: user, username: username, generation: generation), into: &out))
        XCTAssertFalse(out.overflowed)
        return String(out.bytes)
    }

    private func claims(user: Int64, username: String, generation: Int64) -> TokenClaims {
        TokenClaims(
            user: user, username: lend(username), issuedAt: 1_700_000_000,
            expiresAt: 2_000_000_000, issuedAtRunning: 1_000, generation: generation)
    }

    private func verify(_ token: [UInt8], now: Int64? = nil) throws -> TokenClaims {
        try signer.verify(lend(token), running: now ?? self.now, scratch: scratch)
    }

    private func verify(_ token: String, now: Int64? = nil) throws -> TokenClaims {
        try verify(Array(token.utf8), now: now)
    }

    private func assertRefused(
        _ token: String, _ reason: TokenError, _ name: String = "", now: Int64? = nil,
        line: UInt = #line
    ) {
        XCTAssertThrowsError(try verify(token, now: now), name, line: line) {
            XCTAssertEqual($0 as? TokenError, reason, name, line: line)
        }
    }

    private func seal(_ header: String, _ claims: String, key: [UInt8] = key) -> String {
        let signed = base64URL(header) + "." + base64URL(claims)
        return signed + "." + signature(of: signed, key: key)
    }

    private func signature(of signed: String, key: [UInt8]) -> String {
        let code = HMACSHA256(key: lend(key)).authenticate(lend(signed))
        return base64URL(code.withBytes { [UInt8]($0) })
    }

    private func base64URL(_ text: String) -> String { base64URL(Array(text.utf8)) }

    private func base64URL(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }
}

private let key = [UInt8](0..<32)
