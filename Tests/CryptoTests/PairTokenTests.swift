import Crypto
import Memory
import TestSupport
import XCTest

/// Tokens that a key pair signs.
final class PairTokenTests: XCTestCase {
    private let pairs = [
        ("RS256", KnownKeys.rsa, KnownKeys.rs256), ("ES256", KnownKeys.p256, KnownKeys.es256),
    ]

    func testATokenOfAnotherLibraryIsVerified() throws {
        for (name, key, token) in pairs {
            let claims = try signer(der(key)).verified(token)
            XCTAssertEqual(claims.user, 123, name)
            XCTAssertEqual(claims.generation, 3, name)
        }
    }

    func testWhatIsSignedIsVerifiedByAnotherThatHasTheKey() throws {
        for (name, key, _) in pairs {
            for _ in 0..<20 {
                let token = try signer(der(key)).signed()
                XCTAssertEqual(try signer(der(key)).verified(token).user, 7, name)
            }
        }
    }

    func testASignatureWithP256Is64Bytes() throws {
        let signer = try signer(der(KnownKeys.p256))
        for user in 0..<200 {
            let signature = signer.signed(user: Int64(user)).split(separator: ".")[2]
            XCTAssertEqual(signature.utf8.count, 86)
            XCTAssertEqual(
                try signer.fresh(KnownKeys.p256).verified(signer.signed(user: Int64(user))).user,
                Int64(user))
        }
    }

    func testEveryTruncationAndExtensionIsRefused() throws {
        for (_, key, token) in pairs {
            let signer = try signer(der(key))
            let bytes = Array(token.utf8)
            // Also when the whole one is remembered.
            for _ in 0..<2 {
                for length in bytes.indices {
                    XCTAssertThrowsError(try signer.verified(Array(bytes[..<length])), "\(length)")
                }
                for more in ["A", "AA", ".", "=", "\0"] {
                    XCTAssertThrowsError(try signer.verified(token + more))
                }
                XCTAssertEqual(try signer.verified(token).user, 123)
            }
        }
    }

    func testEveryChangedByteIsRefused() throws {
        for (_, key, token) in pairs {
            let signer = try signer(der(key))
            XCTAssertEqual(try signer.verified(token).user, 123)
            for index in token.utf8.indices {
                var changed = Array(token.utf8)
                let at = token.utf8.distance(from: token.startIndex, to: index)
                changed[at] = changed[at] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
                XCTAssertThrowsError(try signer.verified(changed), "\(at)")
            }
        }
    }

    func testAnotherAlgorithmIsRefused() throws {
        let rsa = try signer(der(KnownKeys.rsa))
        let p256 = try signer(der(KnownKeys.p256))
        let secret = TokenSigner(key: .secret(lend([UInt8](0..<32))), remembered: 0)
        for (signer, own) in [(rsa, "RS256"), (p256, "ES256"), (secret, "HS256")] {
            for (name, token) in [
                ("RS256", rsa.signed()), ("ES256", p256.signed()), ("HS256", secret.signed()),
            ] where name != own {
                XCTAssertThrowsError(try signer.verified(token), "\(name) as \(own)") {
                    XCTAssertEqual($0 as? TokenError, .unsupportedHeader)
                }
            }
        }
    }

    /// The old confusion: the public key, which everyone has, taken for a secret.
    func testATokenSignedWithThePublicKeyAsASecretIsRefused() throws {
        let forger = TokenSigner(key: .secret(lend(der(KnownKeys.publicRSA))), remembered: 0)
        let signer = try signer(der(KnownKeys.rsa))
        let forged = forger.signed()
        XCTAssertThrowsError(try signer.verified(forged))
        // With the right name in the header, the signature is still none.
        let header = KnownKeys.rs256.split(separator: ".")[0]
        let parts = forged.split(separator: ".")
        XCTAssertThrowsError(try signer.verified("\(header).\(parts[1]).\(parts[2])")) {
            XCTAssertEqual($0 as? TokenError, .badSignature)
        }
    }

    func testARememberedTokenStillRunsOut() throws {
        for (_, key, token) in pairs {
            let signer = try signer(der(key))
            XCTAssertEqual(try signer.verified(token).user, 123)
            XCTAssertThrowsError(try signer.verified(token, running: 300_001_000)) {
                XCTAssertEqual($0 as? TokenError, .expired)
            }
        }
    }

    func testMoreTokensThanAreRememberedAreAllValid() throws {
        let signer = try signer(der(KnownKeys.rsa))
        let tokens = (0..<200).map { signer.signed(user: $0) }
        for _ in 0..<2 {
            for (user, token) in tokens.enumerated() {
                XCTAssertEqual(try signer.verified(token).user, Int64(user))
            }
        }
    }
}

func der(_ base64: String) -> [UInt8] {
    Array(Data(base64Encoded: base64, options: .ignoreUnknownCharacters)!)
}

func read(_ text: [UInt8]) throws -> PrivateKey {
    try PrivateKey(lend(text + [0]).prefix(text.count), seed: lend([UInt8](repeating: 5, count: 32)))
}

func signer(_ text: [UInt8]) throws -> TokenSigner {
    TokenSigner(key: .pair(try read(text)), remembered: 64)
}

extension TokenSigner {
    func fresh(_ key: String) throws -> TokenSigner { try signer(der(key)) }

    func signed(user: Int64 = 7) -> String {
        var out = ByteWriter(.allocate(2_048))
        let claims = TokenClaims(
            user: user, username: lend("alice"), issuedAt: 1_700_000_000,
            expiresAt: 2_000_000_000, issuedAtRunning: 1_000, generation: 0)
        XCTAssertTrue(sign(claims, into: &out))
        XCTAssertFalse(out.overflowed)
        return String(out.bytes)
    }

    func verified(_ token: [UInt8], running: Int64 = 0) throws -> TokenClaims {
        try verify(
            lend(token), running: running, scratch: .allocate(TokenSigner.scratchBytes))
    }

    func verified(_ token: String, running: Int64 = 0) throws -> TokenClaims {
        try verified(Array(token.utf8), running: running)
    }
}
