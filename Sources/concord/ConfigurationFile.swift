import CLinux
import LinuxIO
import Memory

/// Writes settings into their file: lines that are there stay, but for the values that change; the
/// file as it was is kept beside it.
struct ConfigurationFile {
    static let backupSuffix: StaticString = ".bak"
    private static let bytesMax = 64 * 1024

    struct Assignment {
        let key: Bytes
        let value: Bytes
    }

    let path: Bytes
    private let old: Bytes?

    /// Ends the process if the file is there and cannot be read.
    init(_ path: Bytes) {
        self.path = permanent(path)
        let memory = MutableBytes.allocate(ConfigurationFile.bytesMax)
        let count = linux_read_file(self.path.cString, memory.base, UInt64(memory.count))
        guard count < 0 else {
            old = memory.bytes.prefix(Int(count))
            return
        }
        old = nil
        if !SystemError(count).isNotFound { fail("cannot read ", self.path, SystemError(count)) }
    }

    var exists: Bool { old != nil }

    /// All of it is on the disk, or the process ends and nothing has changed.
    func write(_ assignments: [ConfigurationFile.Assignment]) {
        if let old {
            replace(permanent(path, ConfigurationFile.backupSuffix), with: old)
        } else {
            makeFolder()
        }
        replace(path, with: merged(assignments))
    }

    /// The last line that sets a key is the one that counts, so it is the one that changes.
    private func merged(_ assignments: [Assignment]) -> Bytes {
        var out = ByteWriter(.allocate(2 * ConfigurationFile.bytesMax))
        var lines = Lines(old ?? .empty)
        while let line = lines.next() {
            if let assignment = assignments.first(where: { lastLine(setting: $0.key) == lines.number })
            {
                add(assignment, to: &out)
            } else {
                out.append(line)
                out.append("\n")
            }
        }
        for assignment in assignments where lastLine(setting: assignment.key) == nil {
            add(assignment, to: &out)
        }
        guard !out.overflowed else { fail("too much is to be written to ", path, SystemError(-27)) }
        return out.bytes
    }

    private func add(_ assignment: Assignment, to out: inout ByteWriter) {
        out.append(assignment.key)
        out.append(" = ")
        out.append(assignment.value)
        out.append("\n")
    }

    private func lastLine(setting key: Bytes) -> Int? {
        var lines = Lines(old ?? .empty)
        var last: Int?
        while let line = lines.next() {
            guard let sign = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
            if line.prefix(sign).trimmed == key { last = lines.number }
        }
        return last
    }

    private func makeFolder() {
        var end = path.count - 1
        while end > 0, path[end] != UInt8(ascii: "/") { end -= 1 }
        guard end > 0 else { return }
        let result = linux_make_open_folder(permanent(path.prefix(end)).cString)
        if result < 0 { fail("cannot make the folder of ", path, SystemError(result)) }
    }

    private func replace(_ path: Bytes, with text: Bytes) {
        let result = linux_replace_file(path.cString, text.base, UInt64(text.count), 0o644)
        if result < 0 { fail("cannot write ", path, SystemError(result)) }
    }
}
