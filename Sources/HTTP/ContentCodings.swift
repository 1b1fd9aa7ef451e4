import Memory

extension RequestHead {
    /// Whether the client takes content in this coding (RFC 9110 §12.5.3): yes, unless its
    /// Accept-Encoding leaves the coding out or gives it no weight.
    public func accepts(coding: StaticString) -> Bool {
        guard let acceptEncoding else { return true }
        var anyOther = false
        var elements = ListElements(acceptEncoding)
        while let element = elements.next() {
            let end = element.firstIndex(of: UInt8(ascii: ";")) ?? element.count
            let name = element.prefix(end).trimmed
            let isWanted = !Self.isWeightZero(element.dropFirst(end))
            if name.equalsIgnoringCase(coding) { return isWanted }
            if name == "*" { anyOther = isWanted }
        }
        return anyOther
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
