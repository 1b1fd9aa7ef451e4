import Memory

/// A few bytes of a header, collected however the input is cut.
struct Field {
    static let bytesMax = 32

    private var bytes = InlineArray<32, UInt8>(repeating: 0)
    private(set) var count = 0

    mutating func append(_ byte: UInt8) {
        bytes[count] = byte
        count += 1
    }

    mutating func clear() { count = 0 }

    subscript(index: Int) -> UInt8 { bytes[index] }

    func big16(_ at: Int) -> Int { Int(bytes[at]) << 8 | Int(bytes[at + 1]) }

    func big32(_ at: Int) -> UInt32 {
        UInt32(big16(at)) << 16 | UInt32(big16(at + 2))
    }

    func little16(_ at: Int) -> Int { Int(bytes[at]) | Int(bytes[at + 1]) << 8 }

    func little24(_ at: Int) -> Int { little16(at) | Int(bytes[at + 2]) << 16 }

    func little32(_ at: Int) -> UInt32 {
        UInt32(little16(at)) | UInt32(little16(at + 2)) << 16
    }

    func holds(_ text: StaticString, at start: Int = 0) -> Bool {
        let text = Bytes(text)
        guard start + text.count <= count else { return false }
        for index in 0..<text.count where bytes[start + index] != text[index] { return false }
        return true
    }

    func write(to out: inout ByteWriter) {
        for index in 0..<count { out.append(bytes[index]) }
    }
}
