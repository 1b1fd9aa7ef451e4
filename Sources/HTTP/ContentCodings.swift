import Memory

extension RequestHead {
    /// Whether the client rules out content in this coding (RFC 9110 §12.5.3): it gives no weight to
    /// it, or to any that it does not name. A coding that is merely not listed is not ruled out.
    public func rulesOut(coding: StaticString) -> Bool {
        guard let acceptEncoding else { return false }
        var isAnyOtherOut = false
        var elements = ListElements(acceptEncoding)
        while let element = elements.next() {
            let end = element.firstIndex(of: UInt8(ascii: ";")) ?? element.count
            let name = element.prefix(end).trimmed
            let isOut = Self.isWeightZero(element.dropFirst(end))
            if name.equalsIgnoringCase(coding) { return isOut }
            if name == "*" { isAnyOtherOut = isOut }
        }
        return isAnyOtherOut
    }

    /// Whether `;q=0`, `; q=0.000` or the like follows a name (RFC 9110 §12.4.2).
    private static func isWeightZero(_ parameter: Bytes) -> Bool {
        guard !parameter.isEmpty else { return false }
        let weight = parameter.dropFirst(1).trimmed
        guard weight.prefix(min(2, weight.count)).equalsIgnoringCase("q=") else { return false }
        let digits = weight.dropFirst(2)
        for index in 0..<digits.count {
            guard digits[index] == UInt8(ascii: "0") || digits[index] == UInt8(ascii: ".") else {
                return false
            }
        }
        return true
    }
}
