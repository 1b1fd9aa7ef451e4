import Memory

/// The key that a client's payload is XORed with (RFC 6455 §5.3), kept turned so that its
/// lowest byte is for the payload's next byte: a payload may come in pieces of any size.
struct MaskingKey {
    private var word: UInt32 = 0

    init() {}

    /// The four bytes as they stand in a frame.
    @inline(__always)
    init(_ key: Bytes) {
        precondition(key.count == 4)
        word = UInt32(littleEndian: UnsafeRawPointer(key.base).loadUnaligned(as: UInt32.self))
    }

    /// Takes the next of the key's four bytes, in wire order.
    @inline(__always)
    mutating func append(_ byte: UInt8) {
        word = word >> 8 | UInt32(byte) << 24
    }

    /// Unmasks the payload's next piece in place.
    @inline(__always)
    mutating func unmask(_ piece: MutableBytes) {
        let memory = UnsafeMutableRawPointer(piece.base)
        let wide = (UInt64(word) << 32 | UInt64(word)).littleEndian
        let wordsEnd = piece.count & ~7
        for offset in stride(from: 0, to: wordsEnd, by: 8) {
            let masked = memory.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            memory.storeBytes(of: masked ^ wide, toByteOffset: offset, as: UInt64.self)
        }
        for offset in wordsEnd..<piece.count {
            piece.base[offset] ^= UInt8(truncatingIfNeeded: word)
            word = word >> 8 | word << 24
        }
    }
}
