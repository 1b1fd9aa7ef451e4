import Memory

/// A second in UTC, by the Gregorian calendar, as certificates tell it (RFC 5280 §4.1.2.5).
struct CalendarTime {
    var year: Int64
    var month: Int64
    var day: Int64
    /// Within the day.
    var second: Int64

    init(unixTime: Int64) {
        // Years are counted from March, so that the leap day is the last of its year.
        let daysSinceMarchOfYear0 = unixTime.floored(by: 86_400) + 719_468
        let era = daysSinceMarchOfYear0.floored(by: 146_097)
        let dayOfEra = daysSinceMarchOfYear0 - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        second = unixTime - unixTime.floored(by: 86_400) * 86_400
    }

    /// From UTCTime (`YYMMDDhhmmssZ`, years 1950 to 2049) or GeneralizedTime (`YYYY…`).
    init?(der tag: UInt8, _ text: Bytes) {
        let yearDigits = tag == DERTag.generalizedTime ? 4 : 2
        guard tag == DERTag.generalizedTime || tag == DERTag.utcTime,
            text.count == yearDigits + 11, text[text.count - 1] == UInt8(ascii: "Z"),
            let year = decimalInteger(text.prefix(yearDigits)),
            let month = decimalInteger(text[yearDigits..<yearDigits + 2]),
            let day = decimalInteger(text[yearDigits + 2..<yearDigits + 4]),
            let hour = decimalInteger(text[yearDigits + 4..<yearDigits + 6]),
            let minute = decimalInteger(text[yearDigits + 6..<yearDigits + 8]),
            let second = decimalInteger(text[yearDigits + 8..<yearDigits + 10]),
            year >= 0, 1...12 ~= month, 1...31 ~= day, 0...23 ~= hour, 0...59 ~= minute,
            0...60 ~= second
        else { return nil }
        self.year = yearDigits == 4 ? year : year + (year < 50 ? 2000 : 1900)
        self.month = month
        self.day = day
        self.second = hour * 3600 + minute * 60 + second
    }

    var unixTime: Int64 {
        let yearFromMarch = month <= 2 ? year - 1 : year
        let era = yearFromMarch.floored(by: 400)
        let yearOfEra = yearFromMarch - era * 400
        let monthFromMarch = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return (era * 146_097 + dayOfEra - 719_468) * 86_400 + second
    }

    /// `YYYYMMDDhhmmss`
    func write(into out: inout ByteWriter) {
        appendTwoDigits(year / 100, into: &out)
        appendTwoDigits(year % 100, into: &out)
        appendTwoDigits(month, into: &out)
        appendTwoDigits(day, into: &out)
        appendTwoDigits(second / 3600, into: &out)
        appendTwoDigits(second / 60 % 60, into: &out)
        appendTwoDigits(second % 60, into: &out)
    }

    /// `YYYY-MM-DD`, for people.
    func writeDate(into out: inout ByteWriter) {
        appendTwoDigits(year / 100, into: &out)
        appendTwoDigits(year % 100, into: &out)
        out.append(UInt8(ascii: "-"))
        appendTwoDigits(month, into: &out)
        out.append(UInt8(ascii: "-"))
        appendTwoDigits(day, into: &out)
    }

    private func appendTwoDigits(_ value: Int64, into out: inout ByteWriter) {
        out.append(UInt8(ascii: "0") + UInt8(value / 10 % 10))
        out.append(UInt8(ascii: "0") + UInt8(value % 10))
    }
}

extension Int64 {
    /// The quotient, rounded down.
    fileprivate func floored(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

extension ByteWriter {
    /// Appends the day of a Unix time in seconds as `YYYY-MM-DD`.
    public mutating func appendDate(unixTime: Int64) {
        CalendarTime(unixTime: unixTime).writeDate(into: &self)
    }

    /// Appends `YYYYMMDDThhmmssZ`, which a file's name may hold.
    public mutating func appendTimeForName(unixTime: Int64) {
        let mark = count
        CalendarTime(unixTime: unixTime).write(into: &self)
        guard !overflowed, free >= 2 else { return markOverflow() }
        append("T")
        append("Z")
        let text = written.dropFirst(mark)
        text.copy(text.bytes[8..<14], at: 9)
        text[8] = UInt8(ascii: "T")
    }
}
