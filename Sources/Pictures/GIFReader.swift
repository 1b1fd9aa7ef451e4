import Memory

/// GIF (87a and 89a). The size covers the logical screen and each frame with its offset: decoders enlarge the
/// screen for a frame that lies beyond it.
struct GIFReader {
    private enum State {
        case start
        case screen
        case block
        case blockKind
        case frame
        case codeSize
        case codeSizeRead
        /// Sub-blocks of a frame.
        case data
        case dataLength
        case extensionKind
        case control
        case application
        case applicationName
        /// Sub-blocks of an extension.
        case rest
        case restLength
        case loop
        case end
    }

    private var state = State.start
    private var loops: Int?
    private var hasLoops = false
    private var isAnimation = false

    mutating func next(
        _ work: inout Workings, _ out: inout ByteWriter
    ) throws(PictureFault) -> Passage {
        let field = work.field
        switch state {
        case .start: return gather(13, .screen)
        case .screen: return try readScreen(&work, &out)
        case .block: return gather(1, .blockKind)
        case .blockKind: return try readBlockKind(&work, &out)
        case .frame: return try readFrame(&work, &out)
        case .codeSize: return gather(1, .codeSizeRead)
        case .codeSizeRead:
            field.write(to: &out)
            return gather(1, .dataLength)
        case .data: return gather(1, .dataLength)
        case .dataLength:
            field.write(to: &out)
            state = field[0] == 0 ? .block : .data
            return .copy(Int(field[0]))
        case .extensionKind: return beginExtension(field[0])
        case .control:
            guard field[0] == 4, field[5] == 0 else { throw .unsound }
            out.append("!")
            out.append(0xF9)
            field.write(to: &out)
            return gather(1, .blockKind)
        case .application, .applicationName, .rest, .restLength, .loop:
            return passExtension(field, &out)
        case .end: return .end
        }
    }

    private mutating func gather(_ count: Int, _ next: State) -> Passage {
        state = next
        return .gather(count)
    }

    private mutating func readScreen(
        _ work: inout Workings, _ out: inout ByteWriter
    ) throws(PictureFault) -> Passage {
        let field = work.field
        guard field.holds("GIF87a") || field.holds("GIF89a") else { throw .unsound }
        try work.size.cover(
            screenWidth: field.little16(6), screenHeight: field.little16(8), work.limits)
        field.write(to: &out)
        state = .block
        return .copy(GIFReader.colorTableBytes(field[10]))
    }

    private static func colorTableBytes(_ flags: UInt8) -> Int {
        flags & 0x80 == 0 ? 0 : 3 << (Int(flags & 7) + 1)
    }

    private mutating func readBlockKind(
        _ work: inout Workings, _ out: inout ByteWriter
    ) throws(PictureFault) -> Passage {
        switch work.field[0] {
        case UInt8(ascii: ","): return gather(9, .frame)
        case UInt8(ascii: "!"): return gather(1, .extensionKind)
        case UInt8(ascii: ";"):
            guard work.size.frames > 0 else { throw .unsound }
            work.field.write(to: &out)
            state = .end
            return .end
        default: throw .unsound
        }
    }

    private mutating func readFrame(
        _ work: inout Workings, _ out: inout ByteWriter
    ) throws(PictureFault) -> Passage {
        let field = work.field
        try work.size.cover(
            width: field.little16(4), height: field.little16(6), x: field.little16(0),
            y: field.little16(2), work.limits)
        try work.size.addFrame()
        out.append(",")
        field.write(to: &out)
        state = .codeSize
        return .copy(GIFReader.colorTableBytes(field[8]))
    }

    // MARK: - Extensions: graphic controls and the loop count stay

    private mutating func beginExtension(_ kind: UInt8) -> Passage {
        loops = nil
        return switch kind {
        case 0xF9: gather(6, .control)
        case 0xFF: gather(1, .application)
        default: gather(1, .restLength)
        }
    }

    private mutating func passExtension(_ field: Field, _ out: inout ByteWriter) -> Passage {
        switch state {
        case .application:
            if field[0] == 11 { return gather(11, .applicationName) }
            state = field[0] == 0 ? .block : .rest
            return .drop(Int(field[0]))
        case .applicationName:
            isAnimation = field.holds("NETSCAPE2.0") || field.holds("ANIMEXTS1.0")
            return gather(1, .restLength)
        case .restLength:
            if field[0] == 0 {
                writeLoops(to: &out)
                return gather(1, .blockKind)
            }
            if isAnimation, field[0] == 3 { return gather(3, .loop) }
            state = .rest
            return .drop(Int(field[0]))
        case .loop where field[0] & 7 == 1:
            loops = field.little16(1)
        default: break
        }
        return gather(1, .restLength)
    }

    private mutating func writeLoops(to out: inout ByteWriter) {
        isAnimation = false
        guard let loops, !hasLoops else { return }
        hasLoops = true
        out.append("!")
        out.append(0xFF)
        out.append("\u{B}NETSCAPE2.0\u{3}\u{1}")
        out.append(littleEndian: UInt16(loops))
        out.append(0)
    }
}
