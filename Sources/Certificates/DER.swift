import Memory

/// Tags of X.690 that certificates use.
enum DERTag {
    static let boolean: UInt8 = 0x01
    static let integer: UInt8 = 0x02
    static let bitString: UInt8 = 0x03
    static let octetString: UInt8 = 0x04
    static let objectIdentifier: UInt8 = 0x06
    static let utf8String: UInt8 = 0x0C
    static let utcTime: UInt8 = 0x17
    static let generalizedTime: UInt8 = 0x18
    static let sequence: UInt8 = 0x30
    static let set: UInt8 = 0x31

    /// Tag 0, 1, … of a choice or an optional element, which wraps others.
    static func wrapping(_ number: UInt8) -> UInt8 { 0xA0 | number }
}

/// Walks the elements of a DER encoding (X.690 §8.1), one level of nesting at a time.
struct DERReader {
    private var rest: Bytes

    init(_ content: Bytes) { rest = content }

    /// The next element, or nil at the end and where the encoding is none.
    mutating func next() -> (tag: UInt8, content: Bytes)? {
        guard rest.count >= 2 else { return nil }
        var start = 2
        var length = Int(rest[1])
        if length >= 0x80 {
            let octets = length & 0x7F
            guard 1...3 ~= octets, rest.count >= 2 + octets else { return nil }
            length = 0
            for index in 0..<octets { length = length << 8 | Int(rest[2 + index]) }
            start += octets
        }
        guard length <= rest.count - start else { return nil }
        let element = (tag: rest[0], content: rest[start..<start + length])
        rest = rest.dropFirst(start + length)
        return element
    }

    /// The content of the next element if it has this tag.
    mutating func next(_ tag: UInt8) -> Bytes? {
        var ahead = self
        guard let element = ahead.next(), element.tag == tag else { return nil }
        self = ahead
        return element.content
    }
}

extension ByteWriter {
    /// Appends an element whose content `write` appends; it must be shorter than 64 KiB.
    mutating func appendDER(_ tag: UInt8, _ write: (inout ByteWriter) -> Void) {
        append(tag)
        let mark = count
        write(&self)
        guard !overflowed else { return }
        // The length is known last, and how many octets it takes.
        let length = count - mark
        let octets = length < 0x80 ? 1 : length < 0x100 ? 2 : 3
        guard octets <= free else { return markOverflow() }
        for _ in 0..<octets { append(0) }
        let element = written.dropFirst(mark)
        element.copy(element.bytes.prefix(length), at: octets)
        switch octets {
        case 1: element[0] = UInt8(length)
        case 2:
            element[0] = 0x81
            element[1] = UInt8(length)
        default:
            element[0] = 0x82
            element[1] = UInt8(length >> 8)
            element[2] = UInt8(length & 0xFF)
        }
    }
}
