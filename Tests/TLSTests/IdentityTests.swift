import CMbedTLS
import TLS
import TLSClient
import TestSupport
import XCTest

final class IdentityTests: XCTestCase {
    func testWhatIsNoIdentityIsRefusedForItsReason() throws {
        let good = KnownIdentity.p256
        let cut = String(good.chain.dropLast(200))
        let refused: [(String, String, String, TLSIdentityError)] = [
            ("no chain", "", good.key, .invalidChain),
            ("text", "a certificate", good.key, .invalidChain),
            ("a cut chain", cut, good.key, .invalidChain),
            ("a chain that ends cut", good.chain + cut, good.key, .invalidChain),
            ("a key for a chain", good.key, good.key, .invalidChain),
            ("no key", good.chain, "", .invalidKey),
            ("a chain for a key", good.chain, good.chain, .invalidKey),
            ("a cut key", good.chain, String(good.key.dropLast(60)), .invalidKey),
            ("another's key", good.chain, KnownIdentity.otherP256.key, .keyOfAnother),
            ("a key of another kind", good.chain, KnownIdentity.rsa2048.key, .keyOfAnother),
            ("1024 bits", KnownIdentity.shortRSA.chain, KnownIdentity.shortRSA.key, .unsupportedChain),
            ("P-521", KnownIdentity.p521.chain, KnownIdentity.p521.key, .unsupportedChain),
            ("as many bits as P-256", KnownIdentity.secp256k1.chain, KnownIdentity.secp256k1.key,
             .unsupportedChain),
            ("Ed25519", KnownIdentity.ed25519.chain, KnownIdentity.ed25519.key, .unsupportedChain),
        ]
        let context = try XCTUnwrap(TLSContext(sessions: 1))
        for (name, chain, key, reason) in refused {
            XCTAssertThrowsError(try context.show(chain, key), name) {
                XCTAssertEqual($0 as? TLSIdentityError, reason, name)
            }
        }
        XCTAssertNil(context.acquire(), "none of them is shown")
    }

    func testABadPairLeavesTheOldOne() throws {
        let context = try TLSContext.made()
        XCTAssertThrowsError(try context.show(KnownIdentity.p256.chain, KnownIdentity.otherP256.key))
        XCTAssertThrowsError(try context.show("", ""))
        XCTAssertEqual(try Pair(context).shakeHands(), .done)
    }

    func testANewIdentityIsShownToNewHandshakesAndTheOldOneToThoseUnderWay() throws {
        let context = try TLSContext.made()
        let open = try Pair(context)
        open.shakeHands()
        let begun = try Pair(context)
        try context.show(.otherP256)
        let new = try Pair(context, trusting: .otherP256)
        XCTAssertEqual(new.shakeHands(), .done)
        XCTAssertEqual(begun.shakeHands(), .done)
        XCTAssertTrue(open.send(Array("goes on".utf8)))
        XCTAssertEqual(open.receive(open.fromClient()), Array("goes on".utf8))
    }

    func testTheIdentityIsNotReplacedUnderAHandshake() throws {
        let context = try TLSContext.made()
        XCTAssertTrue(context.canChangeIdentity)
        var begun: Pair? = try Pair(context)
        try context.show(.otherP256)
        XCTAssertFalse(context.canChangeIdentity)
        XCTAssertEqual(begun?.shakeHands(), .done)
        XCTAssertTrue(context.canChangeIdentity)
        begun = nil
        begun = try Pair(context)
        try context.show(.rsa2048)
        XCTAssertFalse(context.canChangeIdentity)
        begun = nil
        XCTAssertTrue(context.canChangeIdentity, "it was given up")
    }

    func testIdentitiesComeAndGoWithoutEnd() throws {
        let context = try TLSContext.made()
        for round in 0..<60 {
            let identity: KnownIdentity = round % 2 == 0 ? .rsa2048 : .p256
            try context.show(identity)
            XCTAssertEqual(try Pair(context, trusting: identity).shakeHands(), .done)
        }
    }
}
