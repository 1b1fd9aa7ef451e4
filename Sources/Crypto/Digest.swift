import Memory

/// The result of a hash function: `count` bytes, held in place.
public struct Digest<let count: Int> {
    private var content: InlineArray<count, UInt8>

    /// The digest that `fill` writes; it gets exactly `count` zeros.
    init(_ fill: (UnsafeMutablePointer<UInt8>) -> Void) {
        content = InlineArray(repeating: 0)
        withMutableBase(fill)
    }

    /// A digest that was kept; nil if `bytes` has another length.
    public init?(_ bytes: Bytes) {
        guard bytes.count == count else { return nil }
        content = InlineArray(repeating: 0)
        for index in 0..<count { content[index] = bytes[index] }
    }

    /// Lends the bytes for the duration of `body`.
    @inline(__always)
    public func withBytes<Result, Failure: Error>(
        _ body: (Bytes) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let span = content.span
        return try span.withUnsafeBufferPointer { buffer throws(Failure) in
            try body(Bytes(base: buffer.baseAddress!, count: count))
        }
    }

    @inline(__always)
    mutating func withMutableBase(_ body: (UnsafeMutablePointer<UInt8>) -> Void) {
        var span = content.mutableSpan
        span.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
    }
}

public typealias Digest20 = Digest<20>
public typealias Digest32 = Digest<32>
