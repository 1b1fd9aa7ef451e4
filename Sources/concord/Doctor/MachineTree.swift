import CLinux
import LinuxIO
import Memory

/// The files in which a machine tells about itself: those of this one, or of one that lies below
/// another root folder.
struct MachineTree {
    private static let fileBytesMax = 1 << 20

    private let root: Bytes

    init(root: Bytes?) { self.root = root ?? .empty }

    /// What is asked of the kernel, and not read, says something about this machine alone.
    var isThisMachine: Bool { root.isEmpty }

    /// A file's text without white space, line ends and zeros at its end; nil if it cannot be read.
    func text(_ parts: Bytes...) -> Bytes? {
        let memory = MutableBytes.allocate(MachineTree.fileBytesMax)
        let count = linux_read_file(path(parts).cString, memory.base, UInt64(memory.count))
        guard count >= 0 else {
            memory.base.deallocate()
            return nil
        }
        var end = Int(count)
        while end > 0, memory[end - 1] <= 0x20 { end -= 1 }
        return memory.bytes.prefix(end)
    }

    func exists(_ parts: Bytes...) -> Bool { linux_file_mode(path(parts).cString) >= 0 }

    /// The names in a folder; none if it is not there.
    func names(in parts: Bytes...) -> [Bytes] {
        let folder = path(parts)
        var names: [Bytes] = []
        while true {
            let memory = MutableBytes.allocate(256)
            let text = UnsafeMutableRawPointer(memory.base).assumingMemoryBound(to: CChar.self)
            guard linux_folder_entry(folder.cString, Int32(names.count), text, 256) != 0 else {
                return names
            }
            names.append(Bytes(cString: text))
        }
    }

    private func path(_ parts: [Bytes]) -> Bytes {
        var out = ByteWriter(.allocate(4_096))
        out.append(root)
        for part in parts {
            if part.isEmpty || part[0] != UInt8(ascii: "/") { out.append("/") }
            out.append(part)
        }
        let path = out.bytes
        out.append(0)
        return path
    }
}

extension Bytes {
    /// True if another text is somewhere in this one.
    func contains(_ text: Bytes) -> Bool {
        guard text.count <= count else { return false }
        for start in 0...(count - text.count) where self[start..<start + text.count] == text {
            return true
        }
        return false
    }

    func contains(_ text: StaticString) -> Bool { contains(Bytes(text)) }

    /// The words between white space.
    var words: [Bytes] {
        var words: [Bytes] = []
        var start = 0
        for index in 0...count where index == count || isBlank(self[index]) {
            if index > start { words.append(self[start..<index]) }
            start = index + 1
        }
        return words
    }

    /// The number that hexadecimal digits stand for, with or without "0x"; nil if it is none.
    var hexadecimal: Int? {
        let digits = starts(with: "0x") ? dropFirst(2) : self
        guard !digits.isEmpty, digits.count <= 8 else { return nil }
        var value = 0
        for index in 0..<digits.count {
            let byte = lowercased(digits[index])
            switch byte {
            case 0x30...0x39: value = value << 4 | Int(byte - 0x30)
            case 0x61...0x66: value = value << 4 | Int(byte - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }
}
