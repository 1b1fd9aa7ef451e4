import Memory

/// Reads a picture as it comes, and writes it again without its metadata: place, time, device, comments,
/// thumbnails and what follows the end. Pixels, colour profile, density, animation and orientation stay as
/// they are. Nothing is decoded.
///
/// The output is never longer than the input, and the same however the input is cut.
public struct PictureCleaner {
    /// `read` needs an output at least this large.
    public static let outputBytesMin = 64

    private var passage = Passage.gather(0)
    /// Bytes that the passage still takes.
    private var remaining = 0
    private var reader: Reader
    private var work: Workings

    private enum Reader {
        case png(PNGReader)
        case jpeg(JPEGReader)
        case webP(WebPReader)
        case gif(GIFReader)
    }

    public init(_ format: PictureFormat, _ limits: PictureLimits) {
        work = Workings(limits)
        reader = switch format {
        case .png: .png(PNGReader())
        case .jpeg: .jpeg(JPEGReader())
        case .webP: .webP(WebPReader())
        case .gif: .gif(GIFReader())
        }
    }

    /// The size as far as it was read; complete when the picture is.
    public var size: PictureSize { work.size }

    /// Takes `input` from `offset` on and appends what stays of it to `out`.
    ///
    /// - Returns: False if `out` has no more room: to be called again with an empty one.
    /// - Throws: What makes the file no picture, or one that is too large, as soon as that is known.
    public mutating func read(
        _ input: Bytes, from offset: inout Int, into out: inout ByteWriter
    ) throws(PictureFault) -> Bool {
        let start = out.count
        defer { work.written += out.count - start }
        while true {
            while remaining == 0 {
                guard out.free >= PictureCleaner.outputBytesMin else { return false }
                try advance(&out)
            }
            guard offset < input.count else { return true }
            let taken = take(input.dropFirst(offset), into: &out)
            if taken == 0, remaining > 0 { return false }
            offset += taken
        }
    }

    /// Ends the picture, of which no more will come.
    ///
    /// - Throws: `unsound` if its end has not come.
    public func finish() throws(PictureFault) -> CleanedPicture {
        guard case .end = passage else { throw .unsound }
        var cleaned = CleanedPicture(size: work.size, bytes: work.written)
        if case .webP(let reader) = reader { reader.patch(&cleaned) }
        return cleaned
    }

    private mutating func advance(_ out: inout ByteWriter) throws(PictureFault) {
        switch reader {
        case .png(var png):
            begin(try png.next(&work, &out))
            reader = .png(png)
        case .jpeg(var jpeg):
            begin(try jpeg.next(&work, &out))
            reader = .jpeg(jpeg)
        case .webP(var webP):
            begin(try webP.next(&work, &out))
            reader = .webP(webP)
        case .gif(var gif):
            begin(try gif.next(&work, &out))
            reader = .gif(gif)
        }
    }

    private mutating func begin(_ next: Passage) {
        passage = next
        switch next {
        case .gather(let count):
            precondition(count <= Field.bytesMax)
            work.field.clear()
            remaining = count
        case .copy(let count), .drop(let count), .blank(let count): remaining = count
        case .orientation(let count):
            work.orientation = OrientationReader()
            remaining = count
        case .copyUntilMarker, .end: remaining = 1
        }
    }

    /// Takes what `input`, which is not empty, begins with; 0 if the passage has ended or `out` is full.
    private mutating func take(_ input: Bytes, into out: inout ByteWriter) -> Int {
        var count = min(remaining, input.count)
        switch passage {
        case .gather:
            for index in 0..<count { work.field.append(input[index]) }
        case .copy:
            count = min(count, out.free)
            out.append(input.prefix(count))
        case .blank:
            count = min(count, out.free)
            for _ in 0..<count { out.append(0) }
        case .drop: break
        case .orientation:
            for index in 0..<count { work.orientation.read(input[index]) }
        case .copyUntilMarker: return copyUntilMarker(input, into: &out)
        case .end: return input.count
        }
        remaining -= count
        return count
    }

    private mutating func copyUntilMarker(_ input: Bytes, into out: inout ByteWriter) -> Int {
        let end = input.firstIndex(of: 0xFF)
        let count = min(end ?? input.count, out.free)
        out.append(input.prefix(count))
        if count == end { remaining = 0 }
        return count
    }
}

/// What a reader wants done with the bytes that come next; with `end` the rest is dropped.
enum Passage {
    /// Collects that many bytes in `Workings.field`.
    case gather(Int)
    case copy(Int)
    case drop(Int)
    /// Writes zeros in their place.
    case blank(Int)
    /// Reads Exif data for its orientation.
    case orientation(Int)
    /// Copies what is before the next byte 0xFF.
    case copyUntilMarker
    case end
}

/// What the readers of all formats work with.
struct Workings {
    let limits: PictureLimits
    var field = Field()
    var size = PictureSize()
    var orientation = OrientationReader()
    var written = 0

    init(_ limits: PictureLimits) { self.limits = limits }
}

/// A picture that has come whole.
public struct CleanedPicture: Sendable {
    /// Four bytes of the output that are known only at its end, lowest first.
    public struct Patch: Sendable {
        public var offset: Int
        public var value: UInt32
    }

    public let size: PictureSize
    /// Length of what was written.
    public let bytes: Int
    /// To be written over what `read` has appended.
    public var lengthPatch: Patch?
    public var flagsPatch: Patch?

    init(size: PictureSize, bytes: Int) {
        self.size = size
        self.bytes = bytes
    }
}
