import Memory

/// Dates in the one form that is sent today, `Sun, 06 Nov 1994 08:49:37 GMT`
/// (IMF-fixdate, RFC 9110 §5.6.7).
public enum HTTPDate {
    public static let byteCount = 29

    /// Appends a Unix time in seconds; what lies outside the years 1970–9999 is moved to the
    /// nearest second within.
    public static func write(unixTime: Int64, into out: inout ByteWriter) {
        let seconds = min(max(unixTime, 0), 253_402_300_799)
        let day = seconds / 86_400
        let second = seconds % 86_400
        let date = civilDate(daysSince1970: day)
        // 1 January 1970 was a Thursday.
        out.append(name(Int((day + 4) % 7), in: "SunMonTueWedThuFriSat"))
        out.append(", ")
        appendTwoDigits(date.day, into: &out)
        out.append(Grammar.space)
        out.append(name(Int(date.month - 1), in: "JanFebMarAprMayJunJulAugSepOctNovDec"))
        out.append(Grammar.space)
        appendTwoDigits(date.year / 100, into: &out)
        appendTwoDigits(date.year % 100, into: &out)
        out.append(Grammar.space)
        appendTwoDigits(second / 3600, into: &out)
        out.append(UInt8(ascii: ":"))
        appendTwoDigits(second / 60 % 60, into: &out)
        out.append(UInt8(ascii: ":"))
        appendTwoDigits(second % 60, into: &out)
        out.append(" GMT")
    }

    /// Gregorian date by arithmetic alone. Years are counted from March, so that the leap day
    /// is the last of its year and the months before it follow one linear rule.
    private static func civilDate(
        daysSince1970: Int64
    ) -> (year: Int64, month: Int64, day: Int64) {
        let daysSinceMarchOfYear0 = daysSince1970 + 719_468
        let era = daysSinceMarchOfYear0 / 146_097
        let dayOfEra = daysSinceMarchOfYear0 % 146_097
        // Every 4 years have a leap day, every 100 lack one, and every 400 have it again.
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }

    private static func name(_ index: Int, in names: StaticString) -> Bytes {
        Bytes(names)[index * 3..<index * 3 + 3]
    }

    private static func appendTwoDigits(_ value: Int64, into out: inout ByteWriter) {
        out.append(UInt8(ascii: "0") + UInt8(value / 10))
        out.append(UInt8(ascii: "0") + UInt8(value % 10))
    }
}
