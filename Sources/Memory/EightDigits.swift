// Decimal digits are written and read eight at a time, side by side in 64 bits, the first lowest.

/// The digits of a number below 10⁸, each a byte from 0 to 9: halved into numbers of four digits,
/// of two, and of one. (The factors are 2²⁰⁄100 and 2¹⁰⁄10, rounded up: for numbers that small the
/// quotients are exact.)
@inline(__always)
func eightDigits(_ value: UInt64) -> UInt64 {
    let fours = value / 10_000 | (value % 10_000) << 32
    let hundreds = (fours &* 10_486) >> 20 & 0x0000_007F_0000_007F
    let twos = hundreds | (fours &- hundreds &* 100) << 16
    let tens = (twos &* 103) >> 10 & 0x000F_000F_000F_000F
    return tens | (twos &- tens &* 10) << 8
}

/// The number that eight bytes from 0 to 9 are the digits of; nil if one is greater.
@inline(__always)
func number(ofDigits digits: UInt64) -> UInt64? {
    guard ((digits &+ 0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080 == 0 else {
        return nil
    }
    let twos = (digits &* 10 &+ digits >> 8) & 0x00FF_00FF_00FF_00FF
    let fours = (twos &* 100 &+ twos >> 16) & 0x0000_FFFF_0000_FFFF
    return (fours &* 10_000 &+ fours >> 32) & 0xFFFF_FFFF
}

extension Bytes {
    /// The value if these are up to 16 decimal digits and nothing else; else nil.
    public var plainDecimal: Int64? {
        guard count > 0, count <= 16 else { return nil }
        let lastCount = min(count, 8)
        let firstCount = count &- lastCount
        guard let last = number(of: few(base + firstCount, lastCount), count: lastCount)
        else { return nil }
        guard firstCount > 0 else { return Int64(last) }
        guard let first = number(of: few(base, firstCount), count: firstCount) else { return nil }
        return Int64(first &* 100_000_000 &+ last)
    }

    /// The value of 1…8 digits as they are written, below zeros.
    @inline(__always)
    private func number(of text: UInt64, count: Int) -> UInt64? {
        // Shifted so that zeros stand ahead.
        Memory.number(ofDigits: (text ^ 0x3030_3030_3030_3030) &<< UInt64(8 &* (8 &- count)))
    }
}
