import Memory

// Most bytes of most strings are plain: printable ASCII, neither quote nor backslash.
// These scans step over them one machine word at a time (8 bytes, on a 32-bit board 4).

/// A word with `byte` in every place.
@inline(__always)
private func everyByte(_ byte: UInt) -> UInt { UInt.max / 0xFF * byte }

extension Bytes {
    /// Index of the first byte from `start` on that is a control byte, a quote, a
    /// backslash or outside ASCII; `count` if there is none.
    func firstSpecial(from start: Int) -> Int {
        precondition(start >= 0 && start <= count)
        var index = start
        while count - index >= MemoryLayout<UInt>.size {
            let hits = Self.specials(word(at: index))
            if hits != 0 { return index + hits.trailingZeroBitCount / 8 }
            index += MemoryLayout<UInt>.size
        }
        // The rest is shorter than a word: each byte goes into one of plain bytes.
        let plain = everyByte(UInt(UInt8(ascii: "a"))) & ~0xFF
        while index < count, Self.specials(plain | UInt(base[index])) == 0 { index += 1 }
        return index
    }

    /// Index of the first ASCII byte from `start` on; `count` if there is none.
    func endOfNonASCII(from start: Int) -> Int {
        precondition(start >= 0 && start <= count)
        var index = start
        while count - index >= MemoryLayout<UInt>.size {
            let ascii = ~word(at: index) & everyByte(0x80)
            if ascii != 0 { return index + ascii.trailingZeroBitCount / 8 }
            index += MemoryLayout<UInt>.size
        }
        while index < count, base[index] >= 0x80 { index += 1 }
        return index
    }

    /// The word at `index`, its first byte lowest; the caller has checked that it lies inside.
    @inline(__always)
    private func word(at index: Int) -> UInt {
        UInt(littleEndian: UnsafeRawPointer(base + index).loadUnaligned(as: UInt.self))
    }

    /// The top bit of each special byte. A subtraction borrows only out of a byte that
    /// is special itself, so bytes above a hit may be marked wrongly, the lowest never.
    @inline(__always)
    private static func specials(_ word: UInt) -> UInt {
        let control = word &- everyByte(0x20)
        let quote = (word ^ everyByte(0x22)) &- everyByte(0x01)
        let backslash = (word ^ everyByte(0x5C)) &- everyByte(0x01)
        return (word | control | quote | backslash) & everyByte(0x80)
    }
}
