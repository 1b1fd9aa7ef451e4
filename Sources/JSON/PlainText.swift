import Memory

// Most bytes of most strings are plain: printable ASCII, neither quote nor backslash.

extension Bytes {
    /// Index of the first byte from `start` on that is a control byte, a quote, a
    /// backslash or outside ASCII; `count` if there is none.
    func firstSpecial(from start: Int) -> Int {
        firstIndex(from: start) { word in
            word.marks(below: 0x20) | word.marks(of: UInt8(ascii: "\""))
                | word.marks(of: UInt8(ascii: "\\")) | word & UInt(everyByte: 0x80)
        }
    }

    /// Index of the first ASCII byte from `start` on; `count` if there is none.
    func endOfNonASCII(from start: Int) -> Int {
        firstIndex(from: start) { word in ~word & UInt(everyByte: 0x80) }
    }
}
