/// Checks UTF-8 (RFC 3629) as it arrives: the state carries over from piece to piece.
///
/// Most bytes go by in bulk, a run of ASCII or a whole sequence at a time; only a sequence that
/// a piece's end cuts is followed byte by byte.
public struct UTF8Validator {
    /// Continuation bytes that the sequence at hand still lacks.
    private var pending: UInt8 = 0
    /// What the next continuation byte must lie in: narrower than 80…BF after
    /// E0, ED, F0 and F4, which excludes overlong forms, surrogates and values past 10FFFF.
    private var lower: UInt8 = 0x80
    private var upper: UInt8 = 0xBF

    public init() {}

    /// True between sequences: what has come so far could end here.
    public var isComplete: Bool { pending == 0 }

    /// Takes the next piece; false as soon as no continuation could make it valid.
    public mutating func consume(_ bytes: Bytes) -> Bool {
        var index = 0
        while pending > 0, index < bytes.count {
            guard consume(bytes[index]) else { return false }
            index += 1
        }
        guard skipWholeSequences(bytes, &index) else { return false }
        while index < bytes.count {
            guard consume(bytes[index]) else { return false }
            index += 1
        }
        return true
    }

    /// True if `bytes` are whole and valid UTF-8.
    public static func isValid(_ bytes: Bytes) -> Bool {
        var validator = UTF8Validator()
        return validator.consume(bytes) && validator.isComplete
    }

    private mutating func consume(_ byte: UInt8) -> Bool {
        if pending > 0 {
            guard byte >= lower, byte <= upper else { return false }
            (lower, upper) = (0x80, 0xBF)
            pending -= 1
            return true
        }
        switch byte {
        case 0x00...0x7F: return true
        case 0xC2...0xDF: pending = 1
        case 0xE0: (pending, lower) = (2, 0xA0)
        case 0xED: (pending, upper) = (2, 0x9F)
        case 0xE1...0xEF: pending = 2
        case 0xF0: (pending, lower) = (3, 0x90)
        case 0xF1...0xF3: pending = 3
        case 0xF4: (pending, upper) = (3, 0x8F)
        default: return false
        }
        return true
    }
}

/// Moves `index`, which is between sequences, on to the last few bytes, where a sequence may be
/// cut; false if there is one that is not valid.
private func skipWholeSequences(_ bytes: Bytes, _ index: inout Int) -> Bool {
    let memory = UnsafeRawPointer(bytes.base)
    while index <= bytes.count &- 4 {
        let word = UInt32(
            littleEndian: memory.loadUnaligned(fromByteOffset: index, as: UInt32.self))
        let highBits = word & 0x8080_8080
        if highBits == 0 {
            index &+= 4
            skipASCII(memory, &index, end: bytes.count)
        } else if highBits & 0x80 == 0 {
            index &+= highBits.trailingZeroBitCount / 8
        } else {
            let length = sequenceLength(word)
            guard length > 0 else { return false }
            index &+= length
        }
    }
    return true
}

/// Moves `index` past ASCII, four machine words at a time and then one.
@inline(__always)
private func skipASCII(_ memory: UnsafeRawPointer, _ index: inout Int, end: Int) {
    let step = MemoryLayout<UInt>.size
    let highBits = UInt(everyByte: 0x80)
    func word(_ number: Int) -> UInt {
        memory.loadUnaligned(fromByteOffset: index &+ number &* step, as: UInt.self)
    }
    while index <= end &- 4 &* step, (word(0) | word(1) | word(2) | word(3)) & highBits == 0 {
        index &+= 4 &* step
    }
    while index <= end &- step, word(0) & highBits == 0 { index &+= step }
}

/// The length of the valid sequence that begins the four bytes of `word`, the first lowest;
/// 0 if there is none. One mask tests the marks of lead and continuation bytes; another picks
/// the bits that tell overlong forms, surrogates and values past 10FFFF.
@inline(__always)
private func sequenceLength(_ word: UInt32) -> Int {
    if word & 0xC0E0 == 0x80C0 {
        return word & 0x1E != 0 ? 2 : 0
    }
    if word & 0xC0_C0F0 == 0x80_80E0 {
        let bits = word & 0x200F
        return bits != 0 && bits != 0x200D ? 3 : 0
    }
    if word & 0xC0C0_C0F8 == 0x8080_80F0 {
        let bits = word & 0x3007
        return bits != 0 && (bits & 4 == 0 || bits == 4) ? 4 : 0
    }
    return 0
}
