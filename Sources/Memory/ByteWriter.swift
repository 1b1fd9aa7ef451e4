/// An append cursor over fixed memory. What does not fit is dropped and remembered
/// (`overflowed`), so that encoders write straight on and their caller checks once.
public struct ByteWriter: ~Copyable {
    private let storage: MutableBytes
    public private(set) var count: Int = 0
    /// True once anything did not fit; the content is then not to be used,
    /// unless the writer is rewound to a mark from before.
    public private(set) var overflowed = false

    public init(_ storage: MutableBytes) {
        self.storage = storage
    }

    public var capacity: Int { storage.count }
    public var free: Int { storage.count &- count }
    public var bytes: Bytes { storage.bytes[0..<count] }

    /// The bytes written so far, for in-place patches such as a length that is known last.
    public var written: MutableBytes { storage[0..<count] }

    /// The unwritten rest, for a producer that fills it itself and then calls `advance`.
    public var rest: MutableBytes { storage[count..<storage.count] }

    public mutating func advance(by length: Int) {
        precondition(length >= 0 && length <= free)
        count += length
    }

    /// The next `length` bytes, for the caller to fill all of them; nil if they do not fit.
    @inline(__always)
    public mutating func extend(by length: Int) -> MutableBytes? {
        // A negative length is a great one without its sign.
        guard UInt(bitPattern: length) <= UInt(bitPattern: free) else {
            overflowed = true
            return nil
        }
        let start = count
        count &+= length
        return MutableBytes(base: storage.base + start, count: length)
    }

    @inline(__always)
    public mutating func append(_ byte: UInt8) {
        guard count < storage.count else {
            overflowed = true
            return
        }
        storage.base[count] = byte
        count += 1
    }

    @inline(__always)
    public mutating func append(_ source: Bytes) {
        guard source.count <= free else {
            overflowed = true
            return
        }
        storage.copy(source, at: count)
        count += source.count
    }

    @inline(__always)
    public mutating func append(_ text: StaticString) { append(Bytes(text)) }

    /// Decimal digits of an integer, without leading zeros.
    public mutating func appendDecimal(_ value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        appendDecimal(magnitude: value.magnitude)
    }

    public mutating func appendDecimal(_ value: Int) { appendDecimal(Int64(value)) }

    private mutating func appendDecimal(magnitude: UInt64) {
        withUnsafeTemporaryAllocation(byteCount: 24, alignment: 8) { digits in
            var start = digits.count
            var rest = magnitude
            var group: UInt64
            repeat {
                let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 100_000_000)
                group = eightDigits(remainder)
                start -= 8
                let text = (group | 0x3030_3030_3030_3030).littleEndian
                digits.storeBytes(of: text, toByteOffset: start, as: UInt64.self)
                rest = quotient
            } while rest > 0
            // Of the first group the zeros ahead are none of the number's, but for the last.
            start += min(group.trailingZeroBitCount / 8, 7)
            let memory = digits.baseAddress!.assumingMemoryBound(to: UInt8.self)
            append(Bytes(base: memory + start, count: digits.count - start))
        }
    }

    /// The value's own bytes, lowest first.
    @inline(__always)
    public mutating func append(littleEndian value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes in
            append(Bytes(
                base: bytes.baseAddress!.assumingMemoryBound(to: UInt8.self), count: bytes.count))
        }
    }

    /// Lower-case hexadecimal, exactly `digits` of them, most significant first.
    public mutating func appendHex(_ value: UInt64, digits: Int) {
        var shift = digits * 4
        while shift > 0 {
            shift -= 4
            let nibble = UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 0xF
            append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
        }
    }

    /// For a producer that fills `rest` itself and finds it too small.
    public mutating func markOverflow() { overflowed = true }

    /// Drops everything written after `mark` (an earlier `count`), and the overflow with it.
    public mutating func rewind(to mark: Int) {
        precondition(mark >= 0 && mark <= count)
        count = mark
        overflowed = false
    }

    public mutating func removeAll() { rewind(to: 0) }
}

/// The eight decimal digits of a number below 10⁸, one in each byte, the first lowest: halved into
/// numbers of four digits, of two, and of one, side by side. (The factors are 2²⁰⁄100 and 2¹⁰⁄10,
/// rounded up: for numbers that small the quotients are exact.)
private func eightDigits(_ value: UInt64) -> UInt64 {
    let fours = value / 10_000 | (value % 10_000) << 32
    let hundreds = (fours &* 10_486) >> 20 & 0x0000_007F_0000_007F
    let twos = hundreds | (fours &- hundreds &* 100) << 16
    let tens = (twos &* 103) >> 10 & 0x000F_000F_000F_000F
    return tens | (twos &- tens &* 10) << 8
}
