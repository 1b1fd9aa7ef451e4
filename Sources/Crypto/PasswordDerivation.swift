import CMbedTLS
import Memory

/// PBKDF2 with HMAC-SHA-256 and a key of one block (RFC 8018 §5.2), in slices: a hash that
/// takes a tenth of a second on a small board must not stop the loop for that long.
public struct PasswordDerivation {
    private let hmac: HMACSHA256
    /// U of the last round, and the exclusive or of all of them.
    private var block: Digest32
    private var folded: Digest32
    public private(set) var remainingRounds: Int

    /// Does the first of `rounds` (at least 1).
    public init(password: Bytes, salt: Bytes, rounds: Int) {
        precondition(rounds >= 1)
        hmac = HMACSHA256(key: password)
        block = hmac.authenticate(salt, Bytes("\0\0\0\u{1}"))
        folded = block
        remainingRounds = rounds - 1
    }

    public var isFinished: Bool { remainingRounds == 0 }

    /// The derived key, once finished.
    public var key: Digest32 {
        precondition(isFinished)
        return folded
    }

    /// Does up to `rounds` more; true when none remain.
    public mutating func advance(rounds: Int) -> Bool {
        precondition(rounds >= 0)
        let slice = min(rounds, remainingRounds)
        let hmac = self.hmac
        hmac.inner.withState { inner in
            hmac.outer.withState { outer in
                block.withMutableBase { block in
                    folded.withMutableBase { folded in
                        concord_pbkdf2_advance(inner, outer, block, folded, slice)
                    }
                }
            }
        }
        remainingRounds -= slice
        return isFinished
    }
}
