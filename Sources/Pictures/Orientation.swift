import Memory

/// Finds the orientation in Exif data (TIFF 6.0 §2, Exif 2.3 §4.6.4) as its bytes pass by. Offsets in a TIFF
/// that point backwards are not followed; no camera writes its first directory that way.
struct OrientationReader {
    /// Size of the Exif data that `Orientation.write` makes: Exif data that is shorter is dropped, so that a
    /// cleaned file is never longer than the file.
    static let bytesMin = 26

    private enum State {
        case header
        case gap
        case count
        case entries(Int)
        case done
    }

    private var state = State.header
    private var field = Field()
    private var isBigEndian = false
    private var position = 0
    private var directory = 0
    /// 1 to 8; nil where none is found.
    private(set) var value: UInt8?

    mutating func read(_ byte: UInt8) {
        if case .done = state { return }
        position += 1
        if case .gap = state {
            guard position > directory else { return }
            state = .count
        }
        field.append(byte)
        switch state {
        case .header: readHeader()
        case .count: readCount()
        case .entries(let left): readEntry(left)
        case .gap, .done: break
        }
    }

    private mutating func readHeader() {
        if field.count == 6, field.holds("Exif\0\0") {
            // WebP files of some programs carry JPEG's prefix.
            field.clear()
            position = 0
        }
        guard field.count == 8 else { return }
        isBigEndian = field.holds("MM\0*")
        let offset = isBigEndian ? field.big32(4) : field.little32(4)
        let isTIFF = isBigEndian || field.holds("II*\0")
        field.clear()
        guard isTIFF, offset >= 8, offset < 1 << 30 else { return state = .done }
        directory = Int(offset)
        state = .gap
    }

    private mutating func readCount() {
        guard field.count == 2 else { return }
        begin(entries: short(0))
    }

    private mutating func readEntry(_ left: Int) {
        guard field.count == 12 else { return }
        let isOrientation = short(0) == 0x0112 && short(2) == 3
        if isOrientation {
            let found = short(8)
            if (1...8).contains(found) { value = UInt8(found) }
            return state = .done
        }
        begin(entries: left - 1)
    }

    private mutating func begin(entries: Int) {
        field.clear()
        state = entries > 0 ? .entries(entries) : .done
    }

    private func short(_ at: Int) -> Int {
        isBigEndian ? field.big16(at) : field.little16(at)
    }
}

enum Orientation {
    /// Writes Exif data with the orientation as its only entry: `OrientationReader.bytesMin` bytes.
    static func write(_ value: UInt8, to out: inout ByteWriter) {
        out.append("MM\0*\0\0\0\u{8}")
        out.append("\0\u{1}\u{1}\u{12}\0\u{3}\0\0\0\u{1}\0")
        out.append(value)
        out.append("\0\0\0\0\0\0")
    }
}
