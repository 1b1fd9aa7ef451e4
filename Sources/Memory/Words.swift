// Bytes seen one machine word at a time (8 bytes, on a 32-bit board 4): most of what a chat
// carries is plain text, which goes by in so many fewer steps.

extension UInt {
    /// A word with `byte` in every place.
    @inline(__always)
    public init(everyByte byte: UInt8) { self = UInt.max / 0xFF * UInt(byte) }

    /// The top bit of each byte of this word that is `byte`. A subtraction borrows only out of a
    /// byte that is marked itself, so bytes above a mark may be marked wrongly, the lowest never.
    @inline(__always)
    public func marks(of byte: UInt8) -> UInt {
        let difference = self ^ UInt(everyByte: byte)
        return (difference &- UInt(everyByte: 1)) & ~difference & UInt(everyByte: 0x80)
    }

    /// The same of each byte below `bound`, which is 0x80 at most.
    @inline(__always)
    public func marks(below bound: UInt8) -> UInt {
        (self &- UInt(everyByte: bound)) & ~self & UInt(everyByte: 0x80)
    }
}

extension Bytes {
    static var wordBytes: Int { MemoryLayout<UInt>.size }

    /// Index of the first byte from `start` on that is marked; `count` if there is none.
    /// - Parameter marks: the top bit of each byte of a word that is looked for; above the lowest
    ///   there may be wrong ones.
    @inline(__always)
    public func firstIndex(from start: Int, marking marks: (UInt) -> UInt) -> Int {
        precondition(start >= 0 && start <= count)
        let lastWord = count &- Self.wordBytes
        var index = start
        while index <= lastWord {
            let found = marks(word(at: index))
            if found != 0 { return index &+ found.trailingZeroBitCount / 8 }
            index &+= Self.wordBytes
        }
        let found = marks(rest(from: index))
        return min(index &+ found.trailingZeroBitCount / 8, count)
    }

    /// The words of these bytes one after the other, zeros behind the last byte.
    @inline(__always)
    public func forEachWord(_ body: (UInt) -> Void) {
        let lastWord = count &- Self.wordBytes
        var index = 0
        while index <= lastWord {
            body(word(at: index))
            index &+= Self.wordBytes
        }
        body(rest(from: index))
    }

    /// Whether as many bytes at `other` are the same. The last word may overlap the one before.
    @inline(never)
    func holdsSame(asAt other: UnsafePointer<UInt8>) -> Bool {
        let lastWord = count &- Self.wordBytes
        guard lastWord >= 0 else { return few(base, count) == few(other, count) }
        let other = Bytes(base: other, count: count)
        var index = 0
        while index < lastWord {
            guard word(at: index) == other.word(at: index) else { return false }
            index &+= Self.wordBytes
        }
        return word(at: lastWord) == other.word(at: lastWord)
    }

    /// The word at `index`, its first byte lowest; the caller has checked that it lies inside.
    @inline(__always)
    func word(at index: Int) -> UInt {
        UInt(littleEndian: UnsafeRawPointer(base + index).loadUnaligned(as: UInt.self))
    }

    /// The bytes from `index` on, fewer than a word, below zeros.
    @inline(__always)
    func rest(from index: Int) -> UInt {
        let length = count &- index
        if length == 0 { return 0 }
        if count >= Self.wordBytes {
            return word(at: count &- Self.wordBytes) &>> UInt(8 &* (Self.wordBytes &- length))
        }
        return UInt(truncatingIfNeeded: few(base + index, length))
    }
}
