import Memory

// Most bytes of most strings are plain: printable ASCII, neither quote nor backslash.

extension Bytes {
    /// Index of the first byte from `start` on that is a control byte, a quote, a
    /// backslash or outside ASCII; `count` if there is none.
    func firstSpecial(from start: Int) -> Int {
        firstIndex(from: start) { word in
            // With one bit turned over the quote is 20 hexadecimal, and control bytes stay below.
            // Outside ASCII all is marked by one of the subtractions, if not by both.
            let turned = word ^ UInt(everyByte: 0x02)
            let backslashes = word ^ UInt(everyByte: UInt8(ascii: "\\"))
            return ((turned &- UInt(everyByte: 0x21)) | (backslashes &- UInt(everyByte: 0x01)))
                & UInt(everyByte: 0x80)
        }
    }

    /// Index of the first byte from `start` on that is no decimal digit; `count` if there is none.
    func endOfDigits(from start: Int) -> Int {
        firstIndex(from: start) { word in
            // A byte that carries into the next is above 80 hexadecimal, and marked by that.
            let digits = word ^ UInt(everyByte: UInt8(ascii: "0"))
            return ((digits &+ UInt(everyByte: 0x76)) | digits) & UInt(everyByte: 0x80)
        }
    }

    /// Index of the first ASCII byte from `start` on; `count` if there is none.
    func endOfNonASCII(from start: Int) -> Int {
        firstIndex(from: start) { word in ~word & UInt(everyByte: 0x80) }
    }
}
