import Crypto
import Memory
import TestSupport
import XCTest

final class HashTests: XCTestCase {
    // FIPS 180-4's examples; the last is one million times "a".
    private let examples: [(message: String, sha1: String, sha256: String)] = [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
         "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d",
         "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
        (String(repeating: "a", count: 1_000_000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f",
         "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ]

    func testPublishedExamples() {
        for example in examples {
            let message = lend(example.message)
            XCTAssertEqual(hex(SHA1.digest(message)), example.sha1)
            XCTAssertEqual(hex(SHA256.digest(message)), example.sha256)
        }
    }

    func testPiecesAreJoined() {
        let message = examples[2]
        forEverySplit(of: Array(message.message.utf8)) { pieces, name in
            var hash = SHA256()
            for piece in pieces { hash.update(lend(piece)) }
            XCTAssertEqual(hex(hash.finish()), message.sha256, name)
            XCTAssertEqual(hex(hash.finish()), message.sha256, "finish leaves the state: \(name)")
            guard pieces.count == 2 else { return }
            let (first, second) = (lend(pieces[0]), lend(pieces[1]))
            XCTAssertEqual(hex(SHA256.digest(first, second)), message.sha256, name)
            XCTAssertEqual(hex(SHA1.digest(first, second)), message.sha1, name)
        }
    }

    /// Every length around the block boundaries; the digest of all digests is Python hashlib's.
    func testAllLengthsUpTo300() {
        var sha1s = SHA256()
        var sha256s = SHA256()
        for length in 0..<300 {
            let message = lend((0..<length).map { UInt8(truncatingIfNeeded: $0 * 7 + length) })
            SHA1.digest(message).withBytes { sha1s.update($0) }
            SHA256.digest(message).withBytes { sha256s.update($0) }
        }
        XCTAssertEqual(
            hex(sha1s.finish()),
            "6da716d621dcc3664b56b1c60822c88fbfade6167eaae42e9600cf11508b4874")
        XCTAssertEqual(
            hex(sha256s.finish()),
            "d5238871a46ac4a1a75ac3fb19d645b0b3b9e5f35f5f720e2b240d605c6b694e")
    }

    /// RFC 6455 §1.3: what a WebSocket server answers to the sample key.
    func testWebSocketAcceptExample() {
        var out = ByteWriter(.allocate(28))
        SHA1.digest(
            Bytes("dGhlIHNhbXBsZSBub25jZQ=="), Bytes("258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
        ).withBytes { Base64.encode($0, into: &out) }
        XCTAssertEqual(String(out.bytes), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    func testConstantTimeEqualSeesEveryBit() {
        let reference = lend([UInt8](0..<32))
        XCTAssertTrue(constantTimeEqual(reference, lend([UInt8](0..<32))))
        XCTAssertTrue(constantTimeEqual(.empty, .empty))
        XCTAssertFalse(constantTimeEqual(reference, reference.prefix(31)))
        for bit in 0..<256 {
            var other = [UInt8](0..<32)
            other[bit / 8] ^= 1 << (bit % 8)
            XCTAssertFalse(constantTimeEqual(reference, lend(other)), "\(bit)")
        }
    }
}
