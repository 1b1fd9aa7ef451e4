import Memory

/// PNG (third edition), with animation. The size is IHDR's.
struct PNGReader {
    private enum State {
        case start
        case signature
        case chunkHead
        case header
        case animation
        case frame
        case orientation
        case skipChecksum
        case next
        case end
    }

    private var state = State.start
    private var hasData = false
    private var hasOrientation = false
    private var frames = 0

    mutating func next(
        _ work: inout Workings, _ out: inout ByteWriter
    ) throws(PictureFault) -> Passage {
        switch state {
        case .start:
            state = .signature
            return .gather(8)
        case .signature:
            guard work.field.big32(0) == 0x8950_4E47, work.field.big32(4) == 0x0D0A_1A0A
            else { throw .unsound }
            work.field.write(to: &out)
            return gatherHead()
        case .chunkHead: return try beginChunk(&work, &out)
        case .header: try readHeader(&work, &out)
        case .animation: try readAnimation(&work, &out)
        case .frame: try readFrame(&work, &out)
        case .orientation:
            writeOrientation(work.orientation.value, to: &out)
            state = .skipChecksum
            return .drop(4)
        case .skipChecksum, .next: break
        case .end: return .end
        }
        return gatherHead()
    }

    private mutating func gatherHead() -> Passage {
        state = .chunkHead
        return .gather(8)
    }

    private mutating func beginChunk(
        _ work: inout Workings, _ out: inout ByteWriter
    ) throws(PictureFault) -> Passage {
        let field = work.field
        let isFirst = work.size.width == 0
        guard field.big32(0) < 1 << 30, isFirst == field.holds("IHDR", at: 4) else { throw .unsound }
        let length = Int(field.big32(0))
        if isFirst { return try gather(.header, 13, length) }
        if field.holds("acTL", at: 4) { return try gather(.animation, 8, length) }
        if field.holds("fcTL", at: 4) { return try gather(.frame, 26, length) }
        if field.holds("eXIf", at: 4), length >= OrientationReader.bytesMin, !hasOrientation {
            state = .orientation
            return .orientation(length)
        }
        state = .next
        if field.holds("IDAT", at: 4) { hasData = true }
        if field.holds("IEND", at: 4) {
            guard hasData, length == 0 else { throw .unsound }
            work.size.addStillFrame()
            state = .end
        } else if !PNGReader.isKept(field) {
            // A decoder that does not know a critical chunk gives up.
            guard field[4] & 0x20 != 0 else { throw .unsound }
            return .drop(length + 4)
        }
        field.write(to: &out)
        return .copy(length + 4)
    }

    /// A chunk of a fixed length, with its checksum.
    private mutating func gather(
        _ next: State, _ expected: Int, _ length: Int
    ) throws(PictureFault) -> Passage {
        guard length == expected else { throw .unsound }
        state = next
        return .gather(length + 4)
    }

    private static func isKept(_ field: Field) -> Bool {
        field.holds("PLTE", at: 4) || field.holds("IDAT", at: 4) || field.holds("tRNS", at: 4)
            || field.holds("gAMA", at: 4) || field.holds("cHRM", at: 4) || field.holds("sRGB", at: 4)
            || field.holds("iCCP", at: 4) || field.holds("cICP", at: 4) || field.holds("sBIT", at: 4)
            || field.holds("pHYs", at: 4) || field.holds("bKGD", at: 4) || field.holds("fdAT", at: 4)
    }

    private mutating func readHeader(
        _ work: inout Workings, _ out: inout ByteWriter
    ) throws(PictureFault) {
        let (width, height) = (work.field.big32(0), work.field.big32(4))
        guard width > 0, height > 0 else { throw .unsound }
        guard max(width, height) <= UInt32(PictureLimits.sideMax) else { throw .sideTooLong }
        try work.size.cover(width: Int(width), height: Int(height), work.limits)
        out.append("\0\0\0\u{D}IHDR")
        work.field.write(to: &out)
    }

    private mutating func readAnimation(
        _ work: inout Workings, _ out: inout ByteWriter
    ) throws(PictureFault) {
        try work.size.require(frames: Int(min(work.field.big32(0), 1 << 20)))
        out.append("\0\0\0\u{8}acTL")
        work.field.write(to: &out)
    }

    /// A frame lies within the picture, else decoders refuse it.
    private mutating func readFrame(
        _ work: inout Workings, _ out: inout ByteWriter
    ) throws(PictureFault) {
        let field = work.field
        for axis in 0..<2 {
            let (side, start) = (field.big32(4 + 4 * axis), field.big32(12 + 4 * axis))
            let whole = UInt32(axis == 0 ? work.size.width : work.size.height)
            guard side > 0, side <= whole, start <= whole - side else { throw .unsound }
        }
        frames += 1
        try work.size.require(frames: frames)
        out.append("\0\0\0\u{1A}fcTL")
        field.write(to: &out)
    }

    private mutating func writeOrientation(_ value: UInt8?, to out: inout ByteWriter) {
        guard let value else { return }
        hasOrientation = true
        out.append("\0\0\0\u{1A}")
        let start = out.count
        out.append("eXIf")
        Orientation.write(value, to: &out)
        let checksum = crc32(out.bytes.dropFirst(start))
        out.append(littleEndian: checksum.byteSwapped)
    }
}

/// CRC-32 as PNG has it (Annex D), bit by bit: for a few bytes.
private func crc32(_ bytes: Bytes) -> UInt32 {
    var value: UInt32 = 0xFFFF_FFFF
    for index in 0..<bytes.count {
        value ^= UInt32(bytes[index])
        for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }
    return ~value
}
