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

    /// Decimal digits of an integer, without leading zeros. Where only some fit, these are written.
    public mutating func appendDecimal(_ value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        appendDecimal(magnitude: value.magnitude)
    }

    public mutating func appendDecimal(_ value: Int) { appendDecimal(Int64(value)) }

    private mutating func appendDecimal(magnitude: UInt64) {
        guard magnitude >= 100_000_000 else {
            // Zeros ahead are none of the number's, but for the last.
            let digits = eightDigits(magnitude)
            let zeros = min(digits.trailingZeroBitCount / 8, 7)
            return append(digits: digits &>> UInt64(8 &* zeros), count: 8 &- zeros)
        }
        let (rest, lastEight) = magnitude.quotientAndRemainder(dividingBy: 100_000_000)
        appendDecimal(magnitude: rest)
        append(digits: eightDigits(lastEight), count: 8)
    }

    @inline(__always)
    private mutating func append(digits: UInt64, count length: Int) {
        guard let room = extend(by: length) else { return }
        putFew(digits | 0x3030_3030_3030_3030, room.base, length)
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
