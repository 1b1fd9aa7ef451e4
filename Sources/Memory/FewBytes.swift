// Names and numbers are a few bytes long. Up to eight are one integer, the first byte lowest, read
// and written in two steps that may overlap: cheaper than to go byte by byte, or to call `memcpy`.
// Callers have checked that all bytes lie inside.

/// 0…8 bytes, below zeros.
@inline(__always)
func few(_ start: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
    let memory = UnsafeRawPointer(start)
    func overlapping<Half: FixedWidthInteger>(_ half: Half.Type, _ bytes: Int) -> UInt64 {
        let first = Half(littleEndian: memory.loadUnaligned(as: Half.self))
        let last = Half(
            littleEndian: memory.loadUnaligned(fromByteOffset: count &- bytes, as: Half.self))
        return UInt64(truncatingIfNeeded: first)
            | UInt64(truncatingIfNeeded: last) &<< UInt64(8 &* (count &- bytes))
    }
    if count >= 4 { return overlapping(UInt32.self, 4) }
    if count >= 2 { return overlapping(UInt16.self, 2) }
    return count == 1 ? UInt64(start[0]) : 0
}

/// Writes the lowest `count` bytes of `word`, 0…8, to `start`.
@inline(__always)
func putFew(_ word: UInt64, _ start: UnsafeMutablePointer<UInt8>, _ count: Int) {
    let memory = UnsafeMutableRawPointer(start)
    func overlapping<Half: FixedWidthInteger>(_ half: Half.Type, _ bytes: Int) {
        let first = Half(truncatingIfNeeded: word)
        let last = Half(truncatingIfNeeded: word &>> UInt64(8 &* (count &- bytes)))
        memory.storeBytes(of: first.littleEndian, as: Half.self)
        memory.storeBytes(of: last.littleEndian, toByteOffset: count &- bytes, as: Half.self)
    }
    if count >= 4 {
        overlapping(UInt32.self, 4)
    } else if count >= 2 {
        overlapping(UInt16.self, 2)
    } else if count == 1 {
        start[0] = UInt8(truncatingIfNeeded: word)
    }
}

extension MutableBytes {
    /// The same as `copy`, for what is seldom longer than a name.
    @inline(__always)
    public func copyFew(_ source: Bytes, at offset: Int) {
        precondition(offset >= 0 && source.count <= count &- offset)
        let target = base + offset
        if source.count <= 8 {
            putFew(few(source.base, source.count), target, source.count)
        } else if source.count <= 16 {
            let first = few(source.base, 8)
            let last = few(source.base + (source.count &- 8), 8)
            putFew(first, target, 8)
            putFew(last, target + (source.count &- 8), 8)
        } else {
            copy(source, at: offset)
        }
    }
}
