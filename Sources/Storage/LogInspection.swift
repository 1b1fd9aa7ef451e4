import Memory

/// Looks through a write-ahead log for damage, before SQLite opens it.
///
/// At a start SQLite takes the log's transactions up to the first frame whose checksum is wrong and
/// silently drops the rest. After a power cut that is right: the last transaction was not
/// synced. But each commit is synced before the next begins, so two commits at or behind a wrong
/// checksum mean that something acknowledged was damaged.
///
/// Format: sqlite.org/fileformat2.html#walformat. A frame's checksum continues that of the frame
/// before it, so a frame can be checked even if the one before it cannot.
public struct LogInspection {
    public static let headerBytes = 32
    public static let frameHeaderBytes = 24

    /// Bytes of a frame: its header and a page.
    public let frameBytes: Int
    private let isBigEndian: Bool
    private let salt: UInt64
    private var checksum: Checksum
    private var isDamaged = false
    private var commitsBehindDamage = 0

    /// nil if it is no header of a log, as while nothing was written yet.
    public init?(header: Bytes) {
        guard header.count == Self.headerBytes else { return nil }
        let magic = header.bigEndian32(at: 0)
        let pageBytes = Int(header.bigEndian32(at: 8))
        guard magic & ~1 == 0x377F_0682, (512...65_536).contains(pageBytes),
            pageBytes & (pageBytes - 1) == 0
        else { return nil }
        frameBytes = Self.frameHeaderBytes + pageBytes
        isBigEndian = magic & 1 == 1
        salt = UInt64(header.bigEndian32(at: 16)) << 32 | UInt64(header.bigEndian32(at: 20))
        checksum = Checksum()
        checksum.add(header.prefix(24), isBigEndian: isBigEndian)
        // Written in one sector: a power cut does not tear it.
        isDamaged = checksum != Checksum(storedAt: 24, in: header)
        checksum = Checksum(storedAt: 24, in: header)
    }

    /// Takes the next frame, whole. Frames of an earlier use of the file have another salt.
    public mutating func take(frame: Bytes) {
        precondition(frame.count == frameBytes)
        let frameSalt = UInt64(frame.bigEndian32(at: 8)) << 32 | UInt64(frame.bigEndian32(at: 12))
        var sum = checksum
        sum.add(frame.prefix(8), isBigEndian: isBigEndian)
        sum.add(frame.dropFirst(Self.frameHeaderBytes), isBigEndian: isBigEndian)
        checksum = Checksum(storedAt: 16, in: frame)
        if sum != checksum || frameSalt != salt { isDamaged = true }
        let isCommit = frame.bigEndian32(at: 4) != 0
        if isDamaged, frameSalt == salt, isCommit { commitsBehindDamage += 1 }
    }

    /// Commits that SQLite would drop although they were acknowledged, the one that the damage
    /// itself is in counted too; 0 for a log that is whole, or that a power cut has torn.
    public var commitsLost: Int { commitsBehindDamage > 1 ? commitsBehindDamage : 0 }
}

/// Fibonacci-weighted sums over pairs of 32-bit words.
private struct Checksum: Equatable {
    private var first: UInt32 = 0
    private var second: UInt32 = 0

    init() {}

    init(storedAt offset: Int, in bytes: Bytes) {
        first = bytes.bigEndian32(at: offset)
        second = bytes.bigEndian32(at: offset + 4)
    }

    mutating func add(_ bytes: Bytes, isBigEndian: Bool) {
        for offset in stride(from: 0, to: bytes.count, by: 8) {
            let (one, two) = (bytes.bigEndian32(at: offset), bytes.bigEndian32(at: offset + 4))
            first &+= (isBigEndian ? one : one.byteSwapped) &+ second
            second &+= (isBigEndian ? two : two.byteSwapped) &+ first
        }
    }
}

extension Bytes {
    fileprivate func bigEndian32(at offset: Int) -> UInt32 {
        UInt32(self[offset]) << 24 | UInt32(self[offset + 1]) << 16
            | UInt32(self[offset + 2]) << 8 | UInt32(self[offset + 3])
    }
}
