import Memory
import TestSupport
import WebSocket
import XCTest

final class HandshakeTests: XCTestCase {
    func testAKeyIsTheBase64OfSixteenBytes() {
        let keys: [(String, Bool)] = [
            ("dGhlIHNhbXBsZSBub25jZQ==", true),
            ("AAAAAAAAAAAAAAAAAAAAAA==", true),
            ("+/+/+/+/+/+/+/+/+/+/+w==", true),
            ("zzzzzzzzzzzzzzzzzzzzzz==", true),
            ("", false),
            ("==", false),
            ("dGhlIHNhbXBsZSBub25jZQ=", false),
            ("dGhlIHNhbXBsZSBub25jZQ", false),
            ("dGhlIHNhbXBsZSBub25jZWE=", false),
            ("dGhlIHNhbXBsZSBub25jZWFh", false),
            ("dGhlIHNhbXBsZSBub25jZWFhYQ==", false),
            ("dGhlIHNhbXBsZSBub25jZQ===", false),
            ("dGhlIHNhbXBsZSBub2=jZQ==", false),
            ("dGhlIHNhbXBsZSBub25j-Q==", false),
            ("dGhlIHNhbXBsZSBub25j_Q==", false),
            ("dGhlIHNhbXBsZSBub25j Q==", false),
            (" dGhlIHNhbXBsZSBub25jZ==", false),
        ]
        for (key, isValid) in keys {
            var owned = OwnedBytes(key)
            XCTAssertEqual(Handshake.isValidKey(owned.bytes), isValid, key)
        }
    }

    func testEveryForeignByteAtEveryPlaceIsRefused() {
        let digits = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        for place in 0..<24 {
            for byte in UInt8.min...UInt8.max {
                var key = OwnedBytes("dGhlIHNhbXBsZSBub25jZQ==")
                key.mutable[place] = byte
                let isValid = place < 22 ? digits.contains(byte) : byte == UInt8(ascii: "=")
                XCTAssertEqual(Handshake.isValidKey(key.bytes), isValid, "\(byte) at \(place)")
            }
        }
    }

    /// The example of RFC 6455 §1.3; its digest is given there in hexadecimal.
    func testTheAcceptValueIsTheOneOfTheRFC() {
        var digest = OwnedBytes([
            0xB3, 0x7A, 0x4F, 0x2C, 0xC0, 0x62, 0x4F, 0x16, 0x90, 0xF6,
            0x46, 0x06, 0xCF, 0x38, 0x59, 0x45, 0xB2, 0xBE, 0xC4, 0xEA,
        ])
        var storage = OwnedBytes([UInt8](repeating: 0, count: Handshake.acceptBytes))
        var out = ByteWriter(storage.mutable)
        Handshake.writeAccept(digest: digest.bytes, into: &out)
        XCTAssertFalse(out.overflowed)
        XCTAssertEqual(String(out.bytes), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        XCTAssertEqual(String(Bytes(Handshake.guid)), "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
    }
}
