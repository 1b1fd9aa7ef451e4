import CMbedTLS
import Memory

/// SHA-1 (FIPS 180-4), for the WebSocket handshake and nothing else: it no longer
/// protects against collisions.
public enum SHA1 {
    /// The digest of two pieces joined.
    public static func digest(_ first: Bytes, _ second: Bytes = .empty) -> Digest20 {
        Digest20 { concord_sha1(first.base, first.count, second.base, second.count, $0) }
    }
}

/// SHA-256 (FIPS 180-4) over any number of pieces. A copy continues on its own.
public struct SHA256 {
    private var state = concord_sha256_state()

    public init() {
        concord_sha256_start(&state)
    }

    public mutating func update(_ piece: Bytes) {
        concord_sha256_update(&state, piece.base, piece.count)
    }

    /// The digest of all pieces so far.
    public func finish() -> Digest32 {
        var last = state
        return Digest32 { concord_sha256_finish(&last, $0) }
    }

    /// The digest of two pieces joined.
    public static func digest(_ first: Bytes, _ second: Bytes = .empty) -> Digest32 {
        var hash = SHA256()
        hash.update(first)
        hash.update(second)
        return hash.finish()
    }

    /// Lends the state to a C function that continues from it.
    func withState(_ body: (UnsafePointer<concord_sha256_state>) -> Void) {
        withUnsafePointer(to: state, body)
    }
}

/// True if both hold the same bytes, found in a time that tells nothing about where they
/// differ. Their lengths are no secret.
public func constantTimeEqual(_ left: Bytes, _ right: Bytes) -> Bool {
    left.count == right.count && concord_constant_time_equal(left.base, right.base, left.count)
}
