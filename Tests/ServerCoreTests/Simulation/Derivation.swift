import Crypto
import Memory
import TestSupport

/// A password's hash in one go.
struct PasswordDerivationForTests {
    private let key: Digest32

    init(password: String, salt: Bytes, rounds: Int) {
        var work = PasswordDerivation(password: lent(password), salt: salt, rounds: rounds)
        while !work.advance(rounds: rounds) {}
        key = work.key
    }

    mutating func withKey(_ body: (Bytes) throws -> Void) throws {
        var copy = lent([])
        key.withBytes { copy = lent([UInt8]($0)) }
        try body(copy)
    }
}
