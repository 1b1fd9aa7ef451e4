import Memory

/// Writes a body in chunks (RFC 9112 §7.1). The size is patched in after the data, for which
/// room is left before it.
public enum ChunkedBody {
    /// Bytes a chunk takes beside its data: four digits and a line end before, one after.
    public static let overhead = 8
    public static let chunkBytesMax = 0xFFFF
    /// Ends the body.
    public static let lastChunk: StaticString = "0\r\n\r\n"

    private static let placeholder: StaticString = "0000\r\n"

    /// Leaves room for the size and returns the mark to end the chunk with.
    public static func beginChunk(in out: inout ByteWriter) -> Int {
        let mark = out.count
        out.append(placeholder)
        return mark
    }

    /// Ends the chunk that began at `mark`. One without data is taken back: its size, zero,
    /// would end the body. After an overflow nothing is done; the caller must check for it.
    /// - Precondition: the data has at most `chunkBytesMax` bytes.
    public static func endChunk(_ mark: Int, in out: inout ByteWriter) {
        guard !out.overflowed else { return }
        let dataStart = mark + placeholder.utf8CodeUnitCount
        let length = out.count - dataStart
        precondition(length >= 0 && length <= chunkBytesMax)
        guard length > 0 else { return out.rewind(to: mark) }
        var size = ByteWriter(out.written[mark..<mark + 4])
        size.appendHex(UInt64(length), digits: 4)
        out.append("\r\n")
    }
}
