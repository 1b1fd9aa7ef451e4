import Memory

/// The two spellings of a signature with P-256: the numbers r and s of 32 bytes each, one after
/// the other (RFC 7518 §3.4), and a DER sequence of two integers (RFC 3279 §2.2.3).
enum ECDSASignature {
    private static let numberBytes = 32
    private static let sequence: UInt8 = 0x30
    private static let integer: UInt8 = 0x02

    /// Appends r and s; false if the DER holds anything else.
    static func writeFixed(der: Bytes, into out: inout ByteWriter) -> Bool {
        guard der.count >= 2, der[0] == sequence, Int(der[1]) == der.count - 2 else { return false }
        var rest = der.dropFirst(2)
        for _ in 0..<2 {
            guard rest.count >= 2, rest[0] == integer, Int(rest[1]) <= rest.count - 2
            else { return false }
            let end = 2 + Int(rest[1])
            var number = rest[2..<end]
            while number.count > numberBytes, number[0] == 0 { number = number.dropFirst(1) }
            guard number.count <= numberBytes else { return false }
            for _ in number.count..<numberBytes { out.append(0) }
            out.append(number)
            rest = rest.dropFirst(end)
        }
        return rest.isEmpty
    }

    /// Lends the DER of r and s for the duration of `body`; false if they are not 64 bytes.
    static func withDER(fixed: Bytes, _ body: (Bytes) -> Bool) -> Bool {
        guard fixed.count == 2 * numberBytes else { return false }
        // Two headers, and a zero before each number whose first bit is set.
        var memory = InlineArray<72, UInt8>(repeating: 0)
        var span = memory.mutableSpan
        return span.withUnsafeMutableBufferPointer { buffer in
            var out = ByteWriter(MutableBytes(base: buffer.baseAddress!, count: buffer.count))
            out.append(sequence)
            out.append(0)
            write(fixed.prefix(numberBytes), into: &out)
            write(fixed.dropFirst(numberBytes), into: &out)
            out.written[1] = UInt8(out.count - 2)
            return body(out.bytes)
        }
    }

    /// An integer in as few bytes as it takes.
    private static func write(_ number: Bytes, into out: inout ByteWriter) {
        var digits = number
        while digits.count > 1, digits[0] == 0 { digits = digits.dropFirst(1) }
        let needsZero = digits[0] & 0x80 != 0
        out.append(integer)
        out.append(UInt8(digits.count + (needsZero ? 1 : 0)))
        if needsZero { out.append(0) }
        out.append(digits)
    }
}
