import Memory

/// JPEG (ITU-T T.81 Annex B) in JFIF or Exif files. The size is that of the first SOF.
struct JPEGReader {
    private enum State {
        case start
        case image
        case between
        case markerStart
        case marker
        case frame
        case segmentLength
        case jfif
        case exif
        case orientation
        case profile
        case adobe
        case scanHead
        case scan
        case scanMarker
        case end
    }

    private static let exifPrefix = 6
    private static let profilePrefix = 12
    private static let adobeBytes = 12
    private static let jfifBytes = 14

    private var state = State.start
    private var marker: UInt8 = 0
    /// Of the segment, without its length field.
    private var length = 0
    private var scans = 0
    private var isInScan = false
    private var hasOrientation = false

    mutating func next(
        _ work: inout Workings, _ out: inout ByteWriter
    ) throws(PictureFault) -> Passage {
        let field = work.field
        switch state {
        case .start: return gather(2, .image)
        case .image:
            guard field.big16(0) == 0xFFD8 else { throw .unsound }
            field.write(to: &out)
            return gather(1, .markerStart)
        case .between: return gather(1, .markerStart)
        case .markerStart:
            guard field[0] == 0xFF else { throw .unsound }
            return gather(1, .marker)
        case .marker: return try readMarker(field[0], &work, &out)
        case .frame: return try readFrame(&work, &out)
        case .segmentLength: return try readLength(&work, &out)
        case .scanHead:
            state = .scan
            return .copyUntilMarker
        case .scan: return gather(1, .scanMarker)
        case .scanMarker: return gather(1, .marker)
        case .end: return .end
        case .jfif, .exif, .orientation, .profile, .adobe: return readApplication(&work, &out)
        }
    }

    private mutating func gather(_ count: Int, _ next: State) -> Passage {
        state = next
        return .gather(count)
    }

    private mutating func thenMarker(_ passage: Passage) -> Passage {
        state = .between
        return passage
    }

    private mutating func readMarker(
        _ byte: UInt8, _ work: inout Workings, _ out: inout ByteWriter
    ) throws(PictureFault) -> Passage {
        marker = byte
        switch byte {
        // Fill bytes.
        case 0xFF: return gather(1, .marker)
        case 0x00, 0xD0...0xD7:
            // A byte 0xFF of the data, or a restart.
            guard isInScan else { throw .unsound }
            writeMarker(to: &out)
            state = .scan
            return .copyUntilMarker
        case 0xD9:
            guard scans > 0 else { throw .unsound }
            writeMarker(to: &out)
            work.size.addStillFrame()
            state = .end
            return .end
        case 0xC0...0xCF where byte != 0xC4 && byte != 0xC8 && byte != 0xCC:
            isInScan = false
            guard work.size.width == 0 else { throw .unsound }
            return gather(7, .frame)
        case 0xC4, 0xCC, 0xDA...0xDD, 0xE0...0xFE:
            isInScan = false
            return gather(2, .segmentLength)
        default: throw .unsound
        }
    }

    private func writeMarker(to out: inout ByteWriter) {
        out.append(0xFF)
        out.append(marker)
    }

    private mutating func readFrame(
        _ work: inout Workings, _ out: inout ByteWriter
    ) throws(PictureFault) -> Passage {
        let field = work.field
        guard field.big16(0) >= 8 else { throw .unsound }
        try work.size.cover(width: field.big16(5), height: field.big16(3), work.limits)
        writeMarker(to: &out)
        field.write(to: &out)
        return thenMarker(.copy(field.big16(0) - 7))
    }

    private mutating func readLength(
        _ work: inout Workings, _ out: inout ByteWriter
    ) throws(PictureFault) -> Passage {
        guard work.field.big16(0) >= 2 else { throw .unsound }
        length = work.field.big16(0) - 2
        switch marker {
        case 0xDA:
            guard work.size.width > 0 else { throw .unsound }
            scans += 1
            guard scans <= PictureLimits.framesMax else { throw .tooManyFrames }
            isInScan = true
            writeHead(length, to: &out)
            state = .scanHead
            return .copy(length)
        case 0xC4, 0xCC, 0xDB, 0xDD:
            writeHead(length, to: &out)
            return thenMarker(.copy(length))
        case 0xE0 where length >= JPEGReader.jfifBytes: return gather(JPEGReader.jfifBytes, .jfif)
        case 0xE1 where length >= JPEGReader.exifPrefix + OrientationReader.bytesMin && !hasOrientation:
            return gather(JPEGReader.exifPrefix, .exif)
        case 0xE2 where length >= JPEGReader.profilePrefix:
            return gather(JPEGReader.profilePrefix, .profile)
        case 0xEE where length >= JPEGReader.adobeBytes: return gather(JPEGReader.adobeBytes, .adobe)
        // The number of lines (DNL) as well: the frame's header has it.
        default: return thenMarker(.drop(length))
        }
    }

    private mutating func readApplication(
        _ work: inout Workings, _ out: inout ByteWriter
    ) -> Passage {
        let field = work.field
        switch state {
        case .jfif where field.holds("JFIF\0"):
            writeHead(JPEGReader.jfifBytes, to: &out)
            for index in 0..<12 { out.append(field[index]) }
            out.append("\0\0")
        case .profile where field.holds("ICC_PROFILE\0"):
            writeHead(length, to: &out)
            field.write(to: &out)
            return thenMarker(.copy(length - field.count))
        case .adobe where field.holds("Adobe"):
            writeHead(JPEGReader.adobeBytes, to: &out)
            field.write(to: &out)
        case .exif where field.holds("Exif\0\0"):
            state = .orientation
            return .orientation(length - field.count)
        case .orientation:
            writeOrientation(work.orientation.value, to: &out)
            return thenMarker(.drop(0))
        default: break
        }
        return thenMarker(.drop(length - field.count))
    }

    private mutating func writeOrientation(_ value: UInt8?, to out: inout ByteWriter) {
        guard let value else { return }
        hasOrientation = true
        writeHead(JPEGReader.exifPrefix + OrientationReader.bytesMin, to: &out)
        out.append("Exif\0\0")
        Orientation.write(value, to: &out)
    }

    private func writeHead(_ length: Int, to out: inout ByteWriter) {
        writeMarker(to: &out)
        out.append(UInt8((length + 2) >> 8))
        out.append(UInt8((length + 2) & 0xFF))
    }
}
