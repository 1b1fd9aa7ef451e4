// Names and numbers are a few bytes long. Up to eight are one integer, the first byte lowest, read
// in two steps that may overlap: cheaper than to go byte by byte, or to call `memcpy`.
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
