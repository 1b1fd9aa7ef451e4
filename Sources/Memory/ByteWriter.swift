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
    public var free: Int { storage.count - count }
    public var bytes: Bytes { storage.bytes[0..<count] }

    /// The bytes written so far, for in-place patches such as a length that is known last.
    public var written: MutableBytes { storage[0..<count] }

    /// The unwritten rest, for a producer that fills it itself and then calls `advance`.
    public var rest: MutableBytes { storage[count..<storage.count] }

    public mutating func advance(by length: Int) {
        precondition(length >= 0 && length <= free)
        count += length
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
        var digits = 1
        var power: UInt64 = 10
        while digits < 20, magnitude >= power {
            digits += 1
            let (next, overflow) = power.multipliedReportingOverflow(by: 10)
            if overflow { break }
            power = next
        }
        guard digits <= free else {
            overflowed = true
            return
        }
        var rest = magnitude
        var index = count + digits
        repeat {
            index -= 1
            storage.base[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while index > count
        count += digits
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
