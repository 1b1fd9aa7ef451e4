import Crypto
import Memory
import TestSupport
import XCTest

final class PasswordDerivationTests: XCTestCase {
    // The first two are the beginnings of RFC 7914 §11's, the others Python hashlib's.
    private let examples: [(password: [UInt8], salt: [UInt8], rounds: Int, key: String)] = [
        (Array("passwd".utf8), Array("salt".utf8), 1,
         "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"),
        (Array("Password".utf8), Array("NaCl".utf8), 80_000,
         "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"),
        ([], Array("salt".utf8), 7,
         "ff15624e46646962dc4adfd72ae8d0c9b6be984c8c39aac3f29b5fd36d717caf"),
        ([UInt8](repeating: 0x70, count: 200), Array(0..<64), 1000,
         "df4cba2574546ec5c01275af230993d1ab4fbb3bf6e01ff2f757b00efc97cebb"),
        (Array("pässword 🔑".utf8), [UInt8](repeating: 0, count: 16), 4096,
         "fb6ae040cc8bbf4f31c30b7b1472a5b45f38c3f02d4dd1d3994ec988e08d1a6d"),
        ([UInt8](repeating: 0x6B, count: 64), [], 2,
         "2cc2672393c0ba3055583aaef03171568189a181490bd27149eedc521242d06e"),
        ([UInt8](repeating: 0x6B, count: 65), [], 2,
         "b55a5335e6af34f12008eb394308333d7519d9735c66fab01db79a7d90f94a2a"),
    ]

    func testPublishedExamples() {
        for example in examples {
            var derivation = start(example)
            XCTAssertTrue(derivation.advance(rounds: example.rounds))
            XCTAssertEqual(hex(derivation.key), example.key)
        }
    }

    func testSlicesOfAnySizeGiveTheSameKey() {
        let example = examples[3]
        for slice in [1, 2, 3, 100, 998, 999, 1000, 5000] {
            var derivation = start(example)
            var slices = 1
            while !derivation.advance(rounds: slice) {
                XCTAssertEqual(derivation.remainingRounds, 999 - slices * slice)
                slices += 1
            }
            XCTAssertEqual(slices, (999 + slice - 1) / slice)
            XCTAssertEqual(hex(derivation.key), example.key, "slices of \(slice)")
        }
    }

    func testAdvancingPastTheEndChangesNothing() {
        var derivation = start(examples[0])
        XCTAssertTrue(derivation.isFinished)
        XCTAssertTrue(derivation.advance(rounds: 10))
        XCTAssertEqual(hex(derivation.key), examples[0].key)
    }

    private func start(
        _ example: (password: [UInt8], salt: [UInt8], rounds: Int, key: String)
    ) -> PasswordDerivation {
        PasswordDerivation(
            password: lend(example.password), salt: lend(example.salt),
            rounds: example.rounds)
    }
}
