import HTTP
import Memory
import Model
import Pictures

/// An image on its way in.
struct Upload {
    enum Purpose {
        case avatar
        case icon
    }

    let connection: Handle
    let image: ImageID
    let purpose: Purpose
    /// What Content-Type says; nil if it says nothing of the kind.
    let declared: ImageType?
    /// Length of the body.
    let room: Int
    /// What the first bytes say, once they are there.
    private(set) var found: ImageType?
    var cleaner: PictureCleaner?
    /// Bytes that have been stored, without metadata.
    var written = 0
    private(set) var isWhole = false
    /// Since the timer was set: who sends steadily has time.
    var sinceTimer = 0
    /// The turn that the last piece came in.
    var turn: UInt32 = 0
    private var magic = InlineArray<12, UInt8>(repeating: 0)
    private var magicCount = 0

    init(connection: Handle, image: ImageID, purpose: Purpose, declared: ImageType?, room: Int) {
        self.connection = connection
        self.image = image
        self.purpose = purpose
        self.declared = declared
        self.room = room
    }

    /// What has come; nil unless that is whole.
    var picture: ReceivedPicture? {
        guard isWhole, let found else { return nil }
        return ReceivedPicture(image: image, type: found, length: written, room: room)
    }

    /// Keeps the first bytes of the body, which say what it is.
    ///
    /// - Returns: How many bytes of `piece` that took.
    mutating func keepMagic(of piece: Bytes) -> Int {
        let count = min(ImageType.magicBytes - magicCount, piece.count)
        for index in 0..<count { magic[magicCount + index] = piece[index] }
        magicCount += count
        return count
    }

    /// Judges the first bytes once they are there, and gives them to `body`: they begin the picture.
    ///
    /// - Throws: 415 if they are no image, or another than was said.
    mutating func begin(
        pixelsMax: Int, _ body: (inout Upload, Bytes) throws(Failure) -> Void
    ) throws(Failure) {
        guard found == nil, magicCount == ImageType.magicBytes else { return }
        let magic = magic
        let span = magic.span
        try span.withUnsafeBufferPointer { buffer throws(Failure) in
            let bytes = Bytes(base: buffer.baseAddress!, count: buffer.count)
            guard let type = ImageType(magic: bytes), declared == nil || declared == type
            else { throw .notAnImage }
            found = type
            cleaner = PictureCleaner(type.format, PictureLimits(pixelsMax: pixelsMax))
            try body(&self, bytes)
        }
    }

    /// Ends the picture; the answer's patches are still to be stored.
    mutating func finish() throws(Failure) -> CleanedPicture {
        guard let cleaner else { throw .notAnImage }
        do throws(PictureFault) {
            let picture = try cleaner.finish()
            isWhole = true
            return picture
        } catch {
            throw Failure(error)
        }
    }
}

extension ImageType {
    fileprivate var format: PictureFormat {
        switch self {
        case .png: .png
        case .jpeg: .jpeg
        case .webp: .webP
        case .gif: .gif
        }
    }
}

extension Failure {
    static let notAnImage = Failure(
        .unsupportedMediaType, "The body must be a PNG, JPEG, WebP or GIF image, as its type says")

    init(_ fault: PictureFault) {
        self.init(
            fault == .unsound ? .unsupportedMediaType : .contentTooLarge, fault.explanation)
    }
}

/// The images that are on their way in: few at once, for each is written to the disk as it comes.
struct Uploads {
    private static let capacity = 4
    /// Of one member, or one address.
    static let share = 2
    private var slots = InlineArray<4, Upload?>(repeating: nil)

    /// False if there are as many as there may be.
    mutating func add(_ upload: Upload) -> Bool {
        for index in 0..<Uploads.capacity where slots[index] == nil {
            slots[index] = upload
            return true
        }
        return false
    }

    func count(where isOne: (Handle) -> Bool) -> Int {
        var count = 0
        for index in 0..<Uploads.capacity {
            if let upload = slots[index], isOne(upload.connection) { count += 1 }
        }
        return count
    }

    subscript(connection: Handle) -> Upload? {
        get {
            for index in 0..<Uploads.capacity where slots[index]?.connection == connection {
                return slots[index]
            }
            return nil
        }
        set {
            for index in 0..<Uploads.capacity where slots[index]?.connection == connection {
                slots[index] = newValue
            }
        }
    }

    /// Any one of which a piece came in this turn.
    func first(inTurn turn: UInt32) -> Upload? {
        for index in 0..<Uploads.capacity where slots[index]?.turn == turn { return slots[index] }
        return nil
    }
}
