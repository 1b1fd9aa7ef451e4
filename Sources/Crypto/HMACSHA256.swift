import Memory

/// HMAC-SHA-256 (RFC 2104) with one key. The two blocks that depend on the key alone are
/// hashed once, here, and every message continues from copies of their states.
public struct HMACSHA256 {
    /// Has taken the key padded with 0x36.
    let inner: SHA256
    /// Has taken the key padded with 0x5C.
    let outer: SHA256

    public init(key: Bytes) {
        if key.count > 64 {
            self = SHA256.digest(key).withBytes { HMACSHA256(shortKey: $0) }
        } else {
            self.init(shortKey: key)
        }
    }

    /// The code of two pieces joined.
    public func authenticate(_ first: Bytes, _ second: Bytes = .empty) -> Digest32 {
        var hash = inner
        hash.update(first)
        hash.update(second)
        var result = outer
        hash.finish().withBytes { result.update($0) }
        return result.finish()
    }

    private init(shortKey key: Bytes) {
        inner = Self.state(key, pad: 0x36)
        outer = Self.state(key, pad: 0x5C)
    }

    private static func state(_ key: Bytes, pad: UInt8) -> SHA256 {
        var block = InlineArray<64, UInt8>(repeating: pad)
        for index in 0..<key.count { block[index] ^= key[index] }
        var hash = SHA256()
        block.span.withUnsafeBufferPointer {
            hash.update(Bytes(base: $0.baseAddress!, count: $0.count))
        }
        return hash
    }
}
