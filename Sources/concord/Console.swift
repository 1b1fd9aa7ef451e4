import CLinux
import LinuxIO
import Memory
import ServerCore

/// Exit codes, as sysexits.h names them.
enum ExitCode {
    static let success: Int32 = 0
    static let failure: Int32 = 1
    static let usage: Int32 = 64
    static let configuration: Int32 = 78
}

/// A line that is put together and printed at once.
struct Line: ~Copyable {
    private var out: ByteWriter

    init() { out = ByteWriter(.allocate(8_192)) }

    deinit { out.written.base.deallocate() }

    mutating func add(_ text: StaticString) { out.append(text) }

    /// What others have written. A terminal would obey control characters, and a journal hides what
    /// is no text: each is shown as "?". Inlined, it makes the program 19 KB larger on ARMv7.
    @inline(never)
    mutating func add(_ text: Bytes) {
        let isText = UTF8Validator.isValid(text)
        for index in 0..<text.count {
            let byte = text[index]
            let isShown = byte >= 0x20 && byte < 0x7F || byte >= 0x80 && isText
            out.append(isShown ? byte : UInt8(ascii: "?"))
        }
    }

    mutating func add(_ number: some FixedWidthInteger) { out.appendDecimal(Int64(number)) }

    var bytes: Bytes { out.bytes }

    mutating func pad(to column: Int) {
        while out.count < column { out.append(UInt8(ascii: " ")) }
    }

    /// Bytes as a person reads them: GiB, MiB or KiB with one decimal. 64 bits: disks are larger than
    /// a small board's addresses.
    mutating func add(bytes: Int64) {
        let (unit, name): (Int64, StaticString) =
            bytes >= 1 << 30 ? (1 << 30, " GiB") : bytes >= 1 << 20 ? (1 << 20, " MiB") : (1 << 10, " KiB")
        let tenths = (bytes * 10 + unit / 2) / unit
        out.appendDecimal(tenths / 10)
        add(".")
        out.appendDecimal(tenths % 10)
        add(name)
    }

    mutating func add(bytes: Int) { add(bytes: Int64(bytes)) }

    consuming func log(_ priority: Log.Priority, _ log: Log) { log(priority, out.bytes) }

    /// Writes the text without ending the line: a question, or progress.
    consuming func show() { linux_write_all(2, out.bytes.base, UInt64(out.count)) }

    consuming func print(to descriptor: Int32 = 1) {
        out.append(UInt8(ascii: "\n"))
        linux_write_all(descriptor, out.bytes.base, UInt64(out.count))
    }
}

/// Writes `text` as a line of standard output.
func say(_ text: StaticString) {
    var line = Line()
    line.add(text)
    line.print()
}

/// Ends the process with one clear line on standard error.
func exit(_ code: Int32, _ compose: (inout Line) -> Void) -> Never {
    var line = Line()
    if isJournal { line.add("<3>") }
    line.add("concord: ")
    compose(&line)
    line.print(to: 2)
    linux_exit(code)
}

/// systemd reads standard error, and a priority at the beginning of each line.
private var isJournal: Bool { linux_environment("JOURNAL_STREAM") != nil }

/// The log: standard error, a line each; with systemd's priorities when that listens.
func makeLog() -> Log {
    let addsPriority = isJournal
    let memory = MutableBytes.allocate(2_048)
    return Log { priority, line in
        var out = ByteWriter(memory)
        if addsPriority {
            out.append("<")
            out.appendDecimal(priority.rawValue)
            out.append(">")
        }
        out.append(line.prefix(min(line.count, 1_900)))
        out.append(UInt8(ascii: "\n"))
        // Whoever stops reading the log must not stop the chat.
        linux_write_line(2, out.bytes.base, UInt64(out.count))
    }
}

/// Ends the process because of what the system said: what could not be done, with which file or
/// folder, and why.
func fail(_ what: StaticString, _ subject: Bytes, _ error: SystemError) -> Never {
    exit(ExitCode.failure) { line in
        line.add(what)
        line.add(subject)
        line.add(": ")
        line.add(error.text)
    }
}
