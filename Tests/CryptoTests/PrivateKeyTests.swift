import CMbedTLS
import Crypto
import Memory
import TestSupport
import XCTest

final class PrivateKeyTests: XCTestCase {
    func testEveryFormOfAKeyIsRead() throws {
        let rsa = der(KnownKeys.rsa)
        let forms: [(String, [UInt8], PrivateKey.Kind)] = [
            ("PKCS#8", rsa, .rsa), ("PKCS#8 in PEM", pem(rsa, "PRIVATE KEY"), .rsa),
            ("PKCS#1", pkcs1, .rsa), ("PKCS#1 in PEM", pem(pkcs1, "RSA PRIVATE KEY"), .rsa),
            ("PKCS#8", der(KnownKeys.p256), .p256),
            ("PKCS#8 in PEM", pem(der(KnownKeys.p256), "PRIVATE KEY"), .p256),
            ("SEC1", der(KnownKeys.p256InSEC1), .p256),
            ("SEC1 in PEM", pem(der(KnownKeys.p256InSEC1), "EC PRIVATE KEY"), .p256),
            ("with text before", Array("a comment\n".utf8) + pem(rsa, "PRIVATE KEY"), .rsa),
        ]
        for (name, text, kind) in forms {
            XCTAssertEqual(try read(text).kind, kind, name)
            let known = kind == .rsa ? KnownKeys.rs256 : KnownKeys.es256
            XCTAssertEqual(try signer(text).verified(known).user, 123, name)
        }
    }

    func testWhatIsNoSuchKeyIsRefusedForItsReason() {
        let refused: [(String, [UInt8], PrivateKeyError)] = [
            ("encrypted", der(KnownKeys.encrypted), .encrypted),
            ("encrypted PEM", pem(der(KnownKeys.encrypted), "ENCRYPTED PRIVATE KEY"), .encrypted),
            ("1024 bits", der(KnownKeys.shortRSA), .unsupported),
            ("P-384", der(KnownKeys.p384), .unsupported),
            ("secp256k1", der(KnownKeys.secp256k1), .unsupported),
            ("Ed25519", pem(der(KnownKeys.ed25519), "PRIVATE KEY"), .unsupported),
            ("Ed25519, whose DER the library does not know", der(KnownKeys.ed25519), .invalid),
            ("a public key", der(KnownKeys.publicRSA), .invalid),
            ("a public key in PEM", pem(der(KnownKeys.publicRSA), "PUBLIC KEY"), .invalid),
            ("a certificate", pem(der(KnownKeys.publicRSA), "CERTIFICATE"), .invalid),
            ("nothing", [], .invalid), ("a zero", [0], .invalid),
            ("text", Array("a secret of 32 bytes or so, no key".utf8), .invalid),
            ("an empty PEM", pem([], "PRIVATE KEY"), .invalid),
            ("a begun PEM", Array("-----BEGIN PRIVATE KEY-----\n".utf8), .invalid),
            ("a cut PEM", Array(pem(der(KnownKeys.rsa), "PRIVATE KEY").dropLast(30)), .invalid),
            ("an endless length", [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 2, 1, 0], .invalid),
            ("an indefinite length", [0x30, 0x80, 2, 1, 0, 0, 0], .invalid),
        ]
        for (name, text, reason) in refused {
            XCTAssertThrowsError(try read(text), name) {
                XCTAssertEqual($0 as? PrivateKeyError, reason, name)
            }
        }
    }

    func testEveryTruncationOfAKeyIsRefused() {
        for key in [der(KnownKeys.p256), der(KnownKeys.p256InSEC1), der(KnownKeys.rsa), pkcs1] {
            for length in key.indices { XCTAssertThrowsError(try read(Array(key[..<length]))) }
        }
    }

    /// A bit that fell over in the numbers must not sign what nobody can verify.
    func testADamagedKeyIsRefusedOrStillSignsRightly() throws {
        var random = SeededGenerator(seed: 9)
        var refused = 0
        for key in [der(KnownKeys.p256), der(KnownKeys.p256InSEC1), der(KnownKeys.rsa), pkcs1] {
            for _ in 0..<150 {
                var damaged = key
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    let at = Int.random(in: damaged.indices, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: damaged[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                    case 1: damaged[at] = UInt8.random(in: 0...255, using: &random)
                    case 2: damaged.remove(at: at)
                    default: damaged.insert(damaged[at], at: at)
                    }
                }
                do {
                    let token = try signer(damaged).signed()
                    // Another, for the first remembers what it signed.
                    XCTAssertEqual(try signer(damaged).verified(token).user, 7)
                } catch is PrivateKeyError {
                    refused += 1
                }
            }
        }
        XCTAssertGreaterThan(refused, 400)
    }

    private var pkcs1: [UInt8] { Array(der(KnownKeys.rsa).dropFirst(26)) }

    private func pem(_ der: [UInt8], _ label: String) -> [UInt8] {
        let body = Data(der).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        return Array("-----BEGIN \(label)-----\n\(body)\n-----END \(label)-----\n".utf8)
    }
}
