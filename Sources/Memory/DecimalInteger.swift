/// An integer as it stands in an address or a setting: an optional minus and digits, within
/// 64 bits; nil if it is none.
public func decimalInteger(_ text: Bytes) -> Int64? {
    let isNegative = !text.isEmpty && text[0] == UInt8(ascii: "-")
    let digits = isNegative ? text.dropFirst(1) : text
    guard !digits.isEmpty else { return nil }
    var value: Int64 = 0
    for index in 0..<digits.count {
        let digit = digits[index] &- UInt8(ascii: "0")
        guard digit <= 9 else { return nil }
        let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
        let (next, overflow2) =
            isNegative
            ? tens.subtractingReportingOverflow(Int64(digit))
            : tens.addingReportingOverflow(Int64(digit))
        guard !overflow, !overflow2 else { return nil }
        value = next
    }
    return value
}
