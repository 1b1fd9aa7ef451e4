/// Size of a picture as decoders see it: what they allocate before they draw.
public struct PictureSize: Equatable, Sendable {
    public private(set) var width = 0
    public private(set) var height = 0
    public private(set) var frames = 0

    /// Grows the size until it covers a rectangle whose sides are not 0.
    mutating func cover(
        width newWidth: Int, height newHeight: Int, x: Int = 0, y: Int = 0, _ limits: PictureLimits
    ) throws(PictureFault) {
        guard newWidth > 0, newHeight > 0 else { throw .unsound }
        try cover(screenWidth: newWidth + x, screenHeight: newHeight + y, limits)
    }

    /// Grows the size until it covers a logical screen, which may be empty.
    mutating func cover(
        screenWidth: Int, screenHeight: Int, _ limits: PictureLimits
    ) throws(PictureFault) {
        width = max(width, screenWidth)
        height = max(height, screenHeight)
        guard max(width, height) <= PictureLimits.sideMax else { throw .sideTooLong }
        // At most 2^28: both sides are bounded.
        guard width * height <= limits.pixelsMax else { throw .tooManyPixels }
    }

    mutating func addFrame() throws(PictureFault) { try require(frames: frames + 1) }

    /// For a format, or a file, whose picture is one frame where none was counted.
    mutating func addStillFrame() { frames = max(frames, 1) }

    /// For a count that the file states ahead of the frames.
    mutating func require(frames count: Int) throws(PictureFault) {
        guard count <= PictureLimits.framesMax else { throw .tooManyFrames }
        frames = max(frames, count)
    }
}
