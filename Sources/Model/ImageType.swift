import Memory

/// The kinds of images that are taken. The raw value is how it is stored.
public enum ImageType: Int64, Sendable {
    case png = 1
    case jpeg
    case webp
    case gif

    /// As many bytes as tell all of them apart.
    public static let magicBytes = 12

    public var mediaType: StaticString {
        switch self {
        case .png: "image/png"
        case .jpeg: "image/jpeg"
        case .webp: "image/webp"
        case .gif: "image/gif"
        }
    }

    public init?(mediaType: Bytes) {
        if mediaType.equalsIgnoringCase("image/png") {
            self = .png
        } else if mediaType.equalsIgnoringCase("image/jpeg") {
            self = .jpeg
        } else if mediaType.equalsIgnoringCase("image/webp") {
            self = .webp
        } else if mediaType.equalsIgnoringCase("image/gif") {
            self = .gif
        } else {
            return nil
        }
    }

    /// What the first bytes of a file say that it is; nil if it is none of these.
    public init?(magic: Bytes) {
        let isRIFF = magic.starts(with: "RIFF") && magic.count >= 12
        if magic.starts(with: "GIF87a") || magic.starts(with: "GIF89a") {
            self = .gif
        } else if isRIFF, magic.dropFirst(8).starts(with: "WEBP") {
            self = .webp
        } else if ImageType.begins(magic, with: 0x8950_4E47_0D0A_1A0A, count: 8) {
            self = .png
        } else if ImageType.begins(magic, with: 0xFFD8FF, count: 3) {
            self = .jpeg
        } else {
            return nil
        }
    }

    private static func begins(_ bytes: Bytes, with signature: UInt64, count: Int) -> Bool {
        guard bytes.count >= count else { return false }
        var value: UInt64 = 0
        for index in 0..<count { value = value << 8 | UInt64(bytes[index]) }
        return value == signature
    }
}
