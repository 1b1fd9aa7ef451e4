/// Pictures built by hand, each with something that is to go and something that is to stay.
enum Samples {
    static func text(_ string: String) -> [UInt8] { Array(string.utf8) }

    static func big(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
    }

    static func little(_ value: Int, _ count: Int) -> [UInt8] { big(value, count).reversed() }

    /// Exif with a maker, the orientation, and a place that must not be found later.
    static func exif(orientation: Int, bigEndian: Bool = true) -> [UInt8] {
        let number = bigEndian ? big : little
        let maker = number(0x010F, 2) + number(2, 2) + number(4, 4) + text("SPY\0")
        let entry = number(0x0112, 2) + number(3, 2) + number(1, 4) + number(orientation, 2) + [0, 0]
        return text(bigEndian ? "MM\0*" : "II*\0") + number(10, 4) + [0, 0] + number(2, 2) + maker
            + entry + number(0, 4) + text("SECRET")
    }

    /// What stays of any Exif.
    static func onlyOrientation(_ value: Int) -> [UInt8] {
        text("MM\0*") + big(8, 4) + big(1, 2) + big(0x0112, 2) + big(3, 2) + big(1, 4)
            + big(value, 2) + [0, 0] + big(0, 4)
    }

    // MARK: - PNG

    static let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    static func chunk(_ kind: String, _ data: [UInt8]) -> [UInt8] {
        big(data.count, 4) + text(kind) + data + big(crc(text(kind) + data), 4)
    }

    static func header(_ width: Int, _ height: Int) -> [UInt8] {
        chunk("IHDR", big(width, 4) + big(height, 4) + [8, 0, 0, 0, 0])
    }

    static func png(
        _ width: Int = 3, _ height: Int = 2, before: [UInt8] = [], after: [UInt8] = []
    ) -> [UInt8] {
        pngSignature + header(width, height) + before + chunk("IDAT", Array(repeating: 7, count: 90))
            + after + chunk("IEND", [])
    }

    static func frameControl(_ width: Int, _ x: Int) -> [UInt8] {
        chunk("fcTL", big(0, 4) + big(width, 4) + big(1, 4) + big(x, 4) + big(0, 4) + big(0, 6))
    }

    static func crc(_ bytes: [UInt8]) -> Int {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return Int(~value)
    }

    // MARK: - JPEG

    static func segment(_ marker: UInt8, _ data: [UInt8]) -> [UInt8] {
        [0xFF, marker] + big(data.count + 2, 2) + data
    }

    static func frame(_ width: Int, _ height: Int) -> [UInt8] {
        segment(0xC0, [8] + big(height, 2) + big(width, 2) + [1, 1, 0x11, 0])
    }

    static let scan: [UInt8] =
        segment(0xDA, [1, 1, 0, 0, 63, 0]) + [1, 2, 0xFF, 0, 3, 0xFF, 0xD0, 4, 0xFF, 0, 0xFF, 0xD1]

    static func jpeg(
        _ width: Int = 3, _ height: Int = 2, before: [UInt8] = [], after: [UInt8] = []
    ) -> [UInt8] {
        [0xFF, 0xD8] + before + segment(0xDB, Array(repeating: 1, count: 65)) + frame(width, height)
            + scan + after + [0xFF, 0xD9]
    }

    static func jfif(_ thumbnail: [UInt8]) -> [UInt8] {
        segment(
            0xE0, text("JFIF\0") + [1, 1, 1, 0, 72, 0, 72, UInt8(thumbnail.count / 3), thumbnail.isEmpty ? 0 : 1]
                + thumbnail)
    }

    // MARK: - GIF

    static func gif(
        _ width: Int = 3, _ height: Int = 2, blocks: [UInt8] = image(3, 2)
    ) -> [UInt8] {
        text("GIF89a") + little(width, 2) + little(height, 2) + [0x80, 0, 0, 0, 0, 0, 255, 255, 255]
            + blocks + text(";")
    }

    static func image(_ width: Int, _ height: Int, x: Int = 0, y: Int = 0) -> [UInt8] {
        text(",") + little(x, 2) + little(y, 2) + little(width, 2) + little(height, 2)
            + [0, 2, 2, 0x4C, 1, 0]
    }

    static let control: [UInt8] = [0x21, 0xF9, 4, 0, 10, 0, 0, 0]

    static func application(_ name: String, _ data: [UInt8]) -> [UInt8] {
        [0x21, 0xFF, 11] + text(name) + [UInt8(data.count)] + data + [0]
    }

    static let loops = application("NETSCAPE2.0", [1, 5, 0])

    // MARK: - WebP

    static func part(_ kind: String, _ data: [UInt8]) -> [UInt8] {
        text(kind) + little(data.count, 4) + data + (data.count % 2 == 1 ? [0] : [])
    }

    static func lossy(_ width: Int, _ height: Int) -> [UInt8] {
        part("VP8 ", [0, 0, 0, 0x9D, 1, 0x2A] + little(width, 2) + little(height, 2) + [9, 9, 9])
    }

    static func lossless(_ width: Int, _ height: Int) -> [UInt8] {
        part("VP8L", [0x2F] + little((width - 1) | (height - 1) << 14, 4) + [9, 9])
    }

    static func canvas(_ flags: Int, _ width: Int, _ height: Int) -> [UInt8] {
        part("VP8X", little(flags, 4) + little(width - 1, 3) + little(height - 1, 3))
    }

    static func animationFrame(
        _ width: Int, _ height: Int, x: Int = 0, extra: [UInt8] = []
    ) -> [UInt8] {
        part("ANMF", little(x / 2, 3) + little(0, 3) + little(width - 1, 3) + little(height - 1, 3)
            + little(100, 3) + [0] + lossless(width, height) + extra)
    }

    static func webP(_ chunks: [UInt8]) -> [UInt8] {
        text("RIFF") + little(chunks.count + 4, 4) + text("WEBP") + chunks
    }
}
