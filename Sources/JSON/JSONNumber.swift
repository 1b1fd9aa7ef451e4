import Memory

/// A number of a checked text, borrowed from it.
public struct JSONNumber {
    /// The number as it is written, in the grammar of RFC 8259 §6.
    public let raw: Bytes

    init(raw: Bytes) { self.raw = raw }

    /// The value if it is an integer of 64 bits, however it is written (`1.0`, `1e3`,
    /// `12300e-2`, `-0`); nil if it has a fraction or is too large. Exact: no floating
    /// point takes part.
    public var integer: Int64? {
        if let plain = raw.plainDecimal { return plain }
        let isNegative = raw.starts(with: "-")
        var decimal = Decimal()
        var index = isNegative ? 1 : 0
        while index < raw.count, let digit = digit(at: index) {
            guard decimal.append(digit) else { return nil }
            index += 1
        }
        if index < raw.count, raw[index] == UInt8(ascii: ".") {
            index += 1
            while index < raw.count, let digit = digit(at: index) {
                guard decimal.append(digit) else { return nil }
                decimal.exponent -= 1
                index += 1
            }
        }
        if index < raw.count { decimal.exponent += exponent(from: index + 1) }
        guard let magnitude = decimal.integer else { return nil }
        if isNegative {
            guard magnitude <= Int64.min.magnitude else { return nil }
            return Int64(truncatingIfNeeded: 0 &- magnitude)
        }
        return Int64(exactly: magnitude)
    }

    @inline(__always)
    private func digit(at index: Int) -> UInt8? {
        let digit = raw[index] &- UInt8(ascii: "0")
        return digit <= 9 ? digit : nil
    }

    /// The exponent whose sign or first digit is at `start`. It stops growing far
    /// beyond what digits in the number, however many, could make up for.
    private func exponent(from start: Int) -> Int64 {
        let exponentMax: Int64 = 1 << 56
        var value: Int64 = 0
        for index in start..<raw.count {
            if let digit = digit(at: index) { value = min(value * 10 + Int64(digit), exponentMax) }
        }
        return raw[start] == UInt8(ascii: "-") ? -value : value
    }
}

/// `significand` · 10^(`zeros` + `exponent`), the significand without trailing zeros.
private struct Decimal {
    private var significand: UInt64 = 0
    /// Zeros since the last other digit: they enter the significand only if another follows.
    private var zeros: Int64 = 0
    var exponent: Int64 = 0

    /// False if the significant digits need more than 64 bits: then the value is either
    /// too large, or has a fraction.
    mutating func append(_ digit: UInt8) -> Bool {
        guard digit > 0 else {
            if significand > 0 { zeros += 1 }
            return true
        }
        guard let shifted = significand.shiftedLeft(decimalPlaces: zeros + 1) else { return false }
        let (sum, overflow) = shifted.addingReportingOverflow(UInt64(digit))
        significand = sum
        zeros = 0
        return !overflow
    }

    var integer: UInt64? {
        guard significand > 0 else { return 0 }
        let places = zeros + exponent
        return places < 0 ? nil : significand.shiftedLeft(decimalPlaces: places)
    }
}

extension UInt64 {
    /// Times a power of ten; nil on overflow, which ends the loop after 20 rounds at most.
    fileprivate func shiftedLeft(decimalPlaces: Int64) -> UInt64? {
        guard self > 0 else { return 0 }
        var value = self
        var places = decimalPlaces
        while places > 0 {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = product
            places -= 1
        }
        return value
    }
}
