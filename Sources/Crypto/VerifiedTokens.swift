import Memory

/// Signatures that were found right lately, by the SHA-256 of the whole token: checking one takes
/// milliseconds on a small board, too much for every request. It says nothing of the claims.
/// Only what was verified or signed gets in, so strangers cannot push anything out.
final class VerifiedTokens {
    private static let ways = 4
    private let digests: UnsafeMutablePointer<Digest32>
    /// Groups of `ways` places; a token has one group. A power of two.
    private let groups: Int
    private var next = 0

    init(capacity: Int) {
        groups = VerifiedTokens.groups(capacity)
        digests = .allocate(capacity: groups * VerifiedTokens.ways)
        // The digest of no token.
        digests.initialize(
            repeating: Digest32 { _ in }, count: groups * VerifiedTokens.ways)
    }

    deinit { digests.deallocate() }

    static func bytes(capacity: Int) -> Int {
        groups(capacity) * ways * MemoryLayout<Digest32>.stride
    }

    private static func groups(_ capacity: Int) -> Int {
        var groups = 16
        while groups * ways < capacity { groups <<= 1 }
        return groups
    }

    func contains(_ digest: Digest32) -> Bool {
        let first = firstPlace(of: digest)
        return digest.withBytes { wanted in
            for place in first..<first + VerifiedTokens.ways {
                if digests[place].withBytes({ $0 == wanted }) { return true }
            }
            return false
        }
    }

    /// Takes the place of one that it shares its group with, in turn.
    func insert(_ digest: Digest32) {
        digests[firstPlace(of: digest) + next] = digest
        next = (next + 1) % VerifiedTokens.ways
    }

    private func firstPlace(of digest: Digest32) -> Int {
        let group = digest.withBytes { bytes in
            Int(bytes[0]) | Int(bytes[1]) << 8 | Int(bytes[2]) << 16
        }
        return (group & (groups - 1)) * VerifiedTokens.ways
    }
}
