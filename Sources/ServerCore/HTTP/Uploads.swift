import HTTP
import Memory
import Model

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
    /// What the first bytes say, once they are there.
    var found: ImageType?
    var written = 0
    /// Since the timer was set: who sends steadily has time.
    var sinceTimer = 0
    /// The turn that the last piece came in.
    var turn: UInt32 = 0
    private var magic = InlineArray<12, UInt8>(repeating: 0)

    init(connection: Handle, image: ImageID, purpose: Purpose, declared: ImageType?) {
        self.connection = connection
        self.image = image
        self.purpose = purpose
        self.declared = declared
    }

    /// Notes the bytes that come next, before they count as written.
    mutating func note(_ piece: Bytes) {
        var index = 0
        while written + index < ImageType.magicBytes, index < piece.count {
            magic[written + index] = piece[index]
            index += 1
        }
    }

    /// Judges the first bytes when there are enough of them, or no more will come: 415 if they
    /// are no image, or another than was said.
    mutating func judge(isComplete: Bool) throws(Failure) {
        guard found == nil, written >= ImageType.magicBytes || isComplete else { return }
        let count = min(written, ImageType.magicBytes)
        let span = magic.span
        let type = span.withUnsafeBufferPointer { buffer in
            ImageType(magic: Bytes(base: buffer.baseAddress!, count: count))
        }
        guard let type, declared == nil || declared == type else { throw .notAnImage }
        found = type
    }
}

extension Failure {
    static let notAnImage = Failure(
        .unsupportedMediaType, "The body must be a PNG, JPEG, WebP or GIF image, as its type says")
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
