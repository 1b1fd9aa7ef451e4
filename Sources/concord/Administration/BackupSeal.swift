import CLinux
import Crypto
import LinuxIO
import Memory

/// The end of a backup: a mark, and the SHA-256 of all bytes before it. It stands behind the last
/// page of the database, where SQLite does not look.
enum BackupSeal {
    private static let mark: StaticString = "CncdSeal"
    private static let count = 8 + 32
    /// Every page size of SQLite is a multiple of it.
    private static let sector: Int64 = 512

    enum State {
        case whole, broken
        /// A backup of before there were any.
        case absent
    }

    /// Ends a backup, on the disk when it returns.
    static func add(to path: Bytes) throws(SystemError) {
        let digest = try digest(of: path, count: try size(path))
        var seal = ByteWriter(.allocate(count))
        seal.append(mark)
        digest.withBytes { seal.append($0) }
        let result = linux_append(path.cString, seal.bytes.base, UInt64(seal.count))
        if result < 0 { throw SystemError(result) }
    }

    static func state(of path: Bytes) throws(SystemError) -> State {
        let size = try size(path)
        if size % sector == 0 { return .absent }
        guard size % sector == Int64(count) else { return .broken }
        let memory = MutableBytes.allocate(count)
        let seal = try read(path, at: size - Int64(count), into: memory)
        guard seal.starts(with: mark) else { return .broken }
        let digest = try digest(of: path, count: size - Int64(count))
        return digest.withBytes { seal.dropFirst(8) == $0 } ? .whole : .broken
    }

    private static func size(_ path: Bytes) throws(SystemError) -> Int64 {
        let size = linux_file_size(path.cString)
        if size < 0 { throw SystemError(size) }
        return size
    }

    /// Of its first `count` bytes.
    private static func digest(of path: Bytes, count: Int64) throws(SystemError) -> Digest32 {
        var hash = SHA256()
        let memory = MutableBytes.allocate(64 * 1024)
        defer { memory.base.deallocate() }
        var done: Int64 = 0
        while done < count {
            let piece = try read(path, at: done, into: memory)
            if piece.isEmpty { break }
            hash.update(piece.prefix(Int(min(Int64(piece.count), count - done))))
            done += Int64(piece.count)
        }
        return hash.finish()
    }

    private static func read(
        _ path: Bytes, at offset: Int64, into memory: MutableBytes
    ) throws(SystemError) -> Bytes {
        let count = linux_read_at(path.cString, offset, memory.base, UInt64(memory.count))
        if count < 0 { throw SystemError(count) }
        return memory.bytes.prefix(Int(count))
    }
}
