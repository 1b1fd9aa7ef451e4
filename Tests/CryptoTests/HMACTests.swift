import Crypto
import Memory
import TestSupport
import XCTest

final class HMACTests: XCTestCase {
    /// RFC 4231 §4, but for case 5, whose result is truncated there.
    func testPublishedExamples() {
        let bytes = { (value: UInt8, count: Int) in [UInt8](repeating: value, count: count) }
        let examples: [(key: [UInt8], message: [UInt8], code: String)] = [
            (bytes(0x0B, 20), Array("Hi There".utf8),
             "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
             "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (bytes(0xAA, 20), bytes(0xDD, 50),
             "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            (Array(1...25), bytes(0xCD, 50),
             "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
            (bytes(0xAA, 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
             "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
            (bytes(0xAA, 131),
             Array(
                """
                This is a test using a larger than block-size key and a larger than block-size \
                data. The key needs to be hashed before being used by the HMAC algorithm.
                """.utf8),
             "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
        ]
        for (index, example) in examples.enumerated() {
            let hmac = HMACSHA256(key: lend(example.key))
            forEverySplit(of: example.message) { pieces, name in
                guard pieces.count <= 2 else { return }
                let second = pieces.count == 2 ? pieces[1] : []
                let code = hmac.authenticate(lend(pieces[0]), lend(second))
                XCTAssertEqual(hex(code), example.code, "example \(index), \(name)")
            }
        }
    }

    /// Keys and messages of every length up to 199: the digest of all codes is Python hmac's.
    func testAllLengthsUpTo200() {
        var codes = SHA256()
        for length in 0..<200 {
            let key = lend((0..<length).map { UInt8(truncatingIfNeeded: $0 * 7 + length) })
            let message = lend((0..<length).map { UInt8(truncatingIfNeeded: $0 * 3 + length) })
            HMACSHA256(key: key).authenticate(message).withBytes { codes.update($0) }
        }
        XCTAssertEqual(
            hex(codes.finish()), "e0d96fb7e156c92ebb3555e7a04c82ef3559355b9fb143b37bd5840ce48114fa")
    }
}
