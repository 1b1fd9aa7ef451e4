import CLinux
import Certificates
import LinuxIO
import Memory
import ServerCore
import Storage

/// The database's write-ahead log, looked through before it is opened.
struct DamagedLog {
    private let file: Bytes

    init(in folder: Bytes) { file = permanent(folder, "/concord.db-wal") }

    /// Commits that opening the database would drop although they were acknowledged.
    var commitsLost: Int {
        let memory = MutableBytes.allocate(LogInspection.frameHeaderBytes + 65_536)
        defer { memory.base.deallocate() }
        guard let header = piece(at: 0, of: LogInspection.headerBytes, memory),
            var inspection = LogInspection(header: header)
        else { return 0 }
        var offset = Int64(LogInspection.headerBytes)
        while let frame = piece(at: offset, of: inspection.frameBytes, memory) {
            inspection.take(frame: frame)
            offset += Int64(inspection.frameBytes)
        }
        return inspection.commitsLost
    }

    private func piece(at offset: Int64, of count: Int, _ memory: MutableBytes) -> Bytes? {
        let got = linux_read_at(file.cString, offset, memory.base, UInt64(count))
        return got == Int64(count) ? memory.bytes.prefix(count) : nil
    }

    /// Keeps a copy of a damaged log under a name that tells when it was found, and says so: once
    /// the database is open, SQLite writes over what it could not use. A log that a server is
    /// writing at the moment is not looked at.
    static func setAside(in folder: Bytes, _ log: Log) {
        guard linux_is_locked(permanent(folder, "/concord.db-lock").cString) != 1 else { return }
        let damaged = DamagedLog(in: folder)
        let lost = damaged.commitsLost
        guard lost > 0 else { return }
        var name = ByteWriter(.allocate(damaged.file.count + 32))
        name.append(damaged.file)
        name.append(".damaged-")
        name.appendTimeForName(unixTime: linux_wall_ms() / 1_000)
        let copy = name.bytes
        name.append(0)
        damaged.copy(to: copy)
        var line = Line()
        line.add("the database's log is damaged: the last ")
        line.add(lost)
        line.add(" turns of messages and changes cannot be read; the damaged file is kept as ")
        line.add(copy)
        line.add(". Look at the card (dmesg), and restore a backup if they matter")
        line.log(.error, log)
    }

    private func copy(to other: Bytes) {
        let memory = MutableBytes.allocate(1 << 20)
        defer { memory.base.deallocate() }
        var offset: Int64 = 0
        while true {
            let got = linux_read_at(file.cString, offset, memory.base, UInt64(memory.count))
            if got < 0 { fail("cannot read ", file, SystemError(got)) }
            if got == 0 { return }
            let result =
                offset == 0
                ? linux_create_secret_file(other.cString, memory.base, UInt64(got))
                : linux_append(other.cString, memory.base, UInt64(got))
            if result < 0 { fail("cannot write ", other, SystemError(result)) }
            offset += got
        }
    }
}
