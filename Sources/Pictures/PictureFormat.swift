/// The formats whose structure this module knows.
public enum PictureFormat: Sendable, CaseIterable {
    case png
    case jpeg
    case webP
    case gif
}

/// How large a picture may be once it is decoded.
public struct PictureLimits: Sendable {
    /// The longest side in pixels. Decoders and graphics hardware end here.
    public static let sideMax = 16_384
    /// Frames of an animation, and scans of a JPEG: each costs a decoder a pass over all pixels.
    public static let framesMax = 1_000

    /// Width times height.
    public var pixelsMax: Int

    public init(pixelsMax: Int) { self.pixelsMax = pixelsMax }
}

/// Why a file is refused as a picture.
public enum PictureFault: Error, Equatable, Sendable {
    /// The structure is not that of its format, or the file ends too early.
    case unsound
    case sideTooLong
    case tooManyPixels
    case tooManyFrames

    /// One sentence for whoever sent the file.
    public var explanation: StaticString {
        switch self {
        case .unsound: "The picture is damaged, ends too early or has a size of 0"
        // `PictureLimits` has the numbers.
        case .sideTooLong: "A side of the picture is longer than 16384 pixels"
        case .tooManyPixels: "The picture has more pixels than picture_pixels allows"
        case .tooManyFrames: "The picture has more than 1000 frames"
        }
    }
}
