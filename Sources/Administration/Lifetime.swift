import Memory

/// A time as people write it: a number and a unit.
public enum Lifetime {
    /// From `90s`, `30m`, `12h`, `7d` or `4w`; nil if it is none of these, or nothing.
    public static func seconds(_ text: Bytes) -> Int64? {
        guard text.count > 1, let unit = secondsEach(text[text.count - 1]),
            let count = decimalInteger(text.prefix(text.count - 1)), count > 0
        else { return nil }
        let (seconds, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow ? nil : seconds
    }

    private static func secondsEach(_ unit: UInt8) -> Int64? {
        switch unit {
        case UInt8(ascii: "s"): 1
        case UInt8(ascii: "m"): 60
        case UInt8(ascii: "h"): 3_600
        case UInt8(ascii: "d"): 86_400
        case UInt8(ascii: "w"): 604_800
        default: nil
        }
    }
}
