import Foundation
import Memory
import TestSupport
import XCTest

final class Base64Tests: XCTestCase {
    private func encoded(
        _ source: [UInt8], capacity: Int = 512, _ encode: (Bytes, inout ByteWriter) -> Void
    ) -> String {
        var input = OwnedBytes(source)
        var storage = OwnedBytes([UInt8](repeating: 0, count: capacity))
        var out = ByteWriter(storage.mutable)
        encode(input.bytes, &out)
        return String(out.bytes)
    }

    /// Nil if the text is refused.
    private func decodedURL(_ text: String, capacity: Int = 512) -> [UInt8]? {
        var input = OwnedBytes(text)
        var storage = OwnedBytes([UInt8](repeating: 0, count: capacity))
        var out = ByteWriter(storage.mutable)
        return Base64.decodeURL(input.bytes, into: &out) ? [UInt8](out.bytes) : nil
    }

    /// RFC 4648 §10.
    func testTheVectorsOfTheRFC() {
        let table = [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ]
        for (text, expected) in table {
            XCTAssertEqual(encoded(Array(text.utf8)) { Base64.encode($0, into: &$1) }, expected)
            let unpadded = expected.replacingOccurrences(of: "=", with: "")
            XCTAssertEqual(encoded(Array(text.utf8)) { Base64.encodeURL($0, into: &$1) }, unpadded)
            XCTAssertEqual(decodedURL(unpadded), Array(text.utf8))
        }
    }

    func testRandomBytesAgreeWithFoundationAndComeBack() {
        var random = SeededGenerator(seed: 64)
        for count in 0...200 {
            let source = random.bytes(count)
            let standard = Data(source).base64EncodedString()
            XCTAssertEqual(encoded(source) { Base64.encode($0, into: &$1) }, standard)
            let url = standard.replacingOccurrences(of: "+", with: "-")
                .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
            XCTAssertEqual(encoded(source) { Base64.encodeURL($0, into: &$1) }, url)
            XCTAssertEqual(decodedURL(url), source)
        }
    }

    func testOnlyTheAlphabetIsTaken() {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        for byte in UInt8.min...0x7F {
            let character = String(UnicodeScalar(byte))
            XCTAssertEqual(
                decodedURL("A\(character)AA") != nil, alphabet.contains(character), "\(byte)")
        }
        XCTAssertNil(decodedURL("AÄA"))
    }

    func testOnlyTheCanonicalFormIsTaken() {
        let table: [(String, [UInt8]?)] = [
            ("A", nil), ("AAAAA", nil), ("AA", [0]), ("AAA", [0, 0]), ("AB", nil), ("AQ", [1]),
            ("AP", nil), ("AAB", nil), ("AAE", [0, 1]), ("AA==", nil), ("AAA=", nil),
            ("AAAA====", nil),
        ]
        for (text, expected) in table { XCTAssertEqual(decodedURL(text), expected, text) }
    }

    func testWhatDoesNotFitIsRefused() {
        XCTAssertEqual(decodedURL("AAAA", capacity: 3), [0, 0, 0])
        XCTAssertNil(decodedURL("AAAA", capacity: 2))
    }
}
