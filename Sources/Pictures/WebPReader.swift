import Memory

/// WebP (RFC 9649). The size covers VP8X, VP8, VP8L and each ANMF with its offset.
struct WebPReader {
    private enum State {
        case start
        case file
        case chunk
        case chunkHead
        case canvas
        case lossy
        case lossless
        case frame
        case orientation
        case padding
    }

    private enum Flag {
        static let animation: UInt8 = 0x02
        static let exif: UInt8 = 0x08
        static let alpha: UInt8 = 0x10
        static let profile: UInt8 = 0x20
    }

    private static let headBytes = 8
    private static let frameHeadBytes = 16

    private var state = State.start
    /// Bytes of the file that its chunks still have.
    private var left = 0
    /// Of these, those within the present ANMF; nil outside.
    private var frameLeft: Int?
    /// Of the present chunk.
    private var length = 0
    private var isExtended = false
    private var hasPicture = false
    private var flags: UInt8 = 0
    private var isDropped = false
    private var frameX = 0
    private var frameY = 0

    mutating func next(
        _ work: inout Workings, _ out: inout ByteWriter
    ) throws(PictureFault) -> Passage {
        let field = work.field
        switch state {
        case .start: return gather(12, .file)
        case .file: try readFile(field, &out)
        case .chunk: break
        case .chunkHead: return try beginChunk(&work, &out)
        case .canvas: return try readCanvas(&work, &out)
        case .lossy, .lossless: return try readPicture(&work, &out)
        case .frame: try readFrame(&work, &out)
        case .orientation:
            writeOrientation(work.orientation.value, to: &out)
            return pad()
        case .padding: return pad()
        }
        return try nextChunk(&work)
    }

    /// Puts right what stands ahead of what it depends on: the file's length and the flags of VP8X.
    func patch(_ picture: inout CleanedPicture) {
        picture.lengthPatch = CleanedPicture.Patch(
            offset: 4, value: UInt32(picture.bytes - WebPReader.headBytes))
        guard isExtended else { return }
        picture.flagsPatch = CleanedPicture.Patch(offset: 20, value: UInt32(flags))
    }

    private mutating func gather(_ count: Int, _ next: State) -> Passage {
        state = next
        return .gather(count)
    }

    private mutating func readFile(
        _ field: Field, _ out: inout ByteWriter
    ) throws(PictureFault) {
        let size = field.little32(4)
        guard field.holds("RIFF"), field.holds("WEBP", at: 8), size >= 4, size < 1 << 30
        else { throw .unsound }
        left = Int(size) - 4
        field.write(to: &out)
    }

    // MARK: - Chunks

    private mutating func nextChunk(_ work: inout Workings) throws(PictureFault) -> Passage {
        if frameLeft == 0 { frameLeft = nil }
        if left == 0 || hasPicture && !isExtended {
            guard hasPicture else { throw .unsound }
            work.size.addStillFrame()
            state = .chunk
            left = 0
            return .end
        }
        try use(WebPReader.headBytes)
        return gather(WebPReader.headBytes, .chunkHead)
    }

    private mutating func use(_ count: Int) throws(PictureFault) {
        guard count <= frameLeft ?? left, count <= left else { throw .unsound }
        left -= count
        frameLeft? -= count
    }

    private mutating func beginChunk(
        _ work: inout Workings, _ out: inout ByteWriter
    ) throws(PictureFault) -> Passage {
        let field = work.field
        guard field.little32(4) < 1 << 30 else { throw .unsound }
        length = Int(field.little32(4))
        isDropped = false
        guard isExtended else {
            if field.holds("VP8X") { return try gatherInChunk(10, .canvas) }
            return try beginPicture(field)
        }
        if field.holds("VP8 ") || field.holds("VP8L") { return try beginPicture(field) }
        if frameLeft == nil, field.holds("ANMF") {
            flags |= Flag.animation
            frameLeft = length
            guard length <= left else { throw .unsound }
            return try gatherInChunk(WebPReader.frameHeadBytes, .frame)
        }
        try use(length)
        if frameLeft == nil, field.holds("EXIF"), length >= OrientationReader.bytesMin,
            flags & Flag.exif == 0
        {
            isDropped = true
            state = .orientation
            return .orientation(length)
        }
        return passOther(field, &out)
    }

    private mutating func passOther(_ field: Field, _ out: inout ByteWriter) -> Passage {
        state = .padding
        if frameLeft != nil {
            // The frame's length is written already, so what is none of its picture stays as zeros.
            field.write(to: &out)
            return field.holds("ALPH") ? .copy(length) : .blank(length)
        }
        isDropped = !(field.holds("ALPH") || field.holds("ANIM") || field.holds("ICCP"))
        guard !isDropped else { return .drop(length) }
        if field.holds("ICCP") { flags |= Flag.profile }
        field.write(to: &out)
        return .copy(length)
    }

    private mutating func gatherInChunk(
        _ count: Int, _ next: State
    ) throws(PictureFault) -> Passage {
        guard length >= count else { throw .unsound }
        try use(count)
        return gather(count, next)
    }

    /// Chunks are padded to an even length; at the end of a file some programs leave that out.
    private mutating func pad() -> Passage {
        state = .chunk
        guard length & 1 == 1, left > 0, frameLeft != 0 else { return .drop(0) }
        left -= 1
        frameLeft? -= 1
        return isDropped ? .drop(1) : .blank(1)
    }

    // MARK: - Sizes

    private mutating func readCanvas(
        _ work: inout Workings, _ out: inout ByteWriter
    ) throws(PictureFault) -> Passage {
        let field = work.field
        guard length == 10 else { throw .unsound }
        isExtended = true
        flags = field[0] & Flag.alpha
        try work.size.cover(
            width: field.little24(4) + 1, height: field.little24(7) + 1, work.limits)
        out.append("VP8X")
        out.append(littleEndian: UInt32(length))
        field.write(to: &out)
        return pad()
    }

    private mutating func beginPicture(_ field: Field) throws(PictureFault) -> Passage {
        if field.holds("VP8 ") { return try gatherInChunk(10, .lossy) }
        guard field.holds("VP8L") else { throw .unsound }
        return try gatherInChunk(5, .lossless)
    }

    private mutating func readPicture(
        _ work: inout Workings, _ out: inout ByteWriter
    ) throws(PictureFault) -> Passage {
        let field = work.field
        let (width, height): (Int, Int)
        if case .lossy = state {
            // The start code of a key frame (RFC 6386 §9.1).
            guard field[0] & 1 == 0, field.holds("\u{1}*", at: 4), field[3] == 0x9D
            else { throw .unsound }
            (width, height) = (field.little16(6) & 0x3FFF, field.little16(8) & 0x3FFF)
            out.append("VP8 ")
        } else {
            let bits = field.little32(1)
            guard field[0] == 0x2F, bits >> 29 == 0 else { throw .unsound }
            (width, height) = (Int(bits & 0x3FFF) + 1, Int(bits >> 14 & 0x3FFF) + 1)
            out.append("VP8L")
        }
        hasPicture = true
        try work.size.cover(
            width: width, height: height, x: frameLeft == nil ? 0 : frameX,
            y: frameLeft == nil ? 0 : frameY, work.limits)
        out.append(littleEndian: UInt32(length))
        field.write(to: &out)
        let rest = length - field.count
        try use(rest)
        state = .padding
        return .copy(rest)
    }

    private mutating func readFrame(
        _ work: inout Workings, _ out: inout ByteWriter
    ) throws(PictureFault) {
        let field = work.field
        (frameX, frameY) = (2 * field.little24(0), 2 * field.little24(3))
        try work.size.cover(
            width: field.little24(6) + 1, height: field.little24(9) + 1, x: frameX, y: frameY,
            work.limits)
        try work.size.addFrame()
        out.append("ANMF")
        out.append(littleEndian: UInt32(length))
        field.write(to: &out)
    }

    private mutating func writeOrientation(_ value: UInt8?, to out: inout ByteWriter) {
        guard let value else { return }
        flags |= Flag.exif
        out.append("EXIF")
        out.append(littleEndian: UInt32(OrientationReader.bytesMin))
        Orientation.write(value, to: &out)
    }
}
