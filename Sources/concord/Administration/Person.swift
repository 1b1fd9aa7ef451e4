import Administration
import CLinux
import LinuxIO
import Memory

/// Whoever sits at the terminal, or a script that stands in for them.
enum Person {
    private static let lineBytesMax = 4_096
    /// EFBIG
    private static let tooLong: Int64 = -27

    /// Whether there is somebody to ask.
    static var isThere: Bool { linux_is_terminal(0) != 0 }

    /// A new password: typed twice and not shown, or the first line of standard input.
    static func newPassword(for user: Bytes) -> Bytes {
        guard isThere else {
            let line = MutableBytes.allocate(lineBytesMax)
            return password(in: line, linux_read_line(line.base, UInt64(line.count)))
        }
        let first = hiddenLine("new password for ", user)
        let second = hiddenLine("the same again for ", user)
        guard first == second else {
            exit(ExitCode.failure) { $0.add("two different passwords; nothing was changed") }
        }
        return first
    }

    private static func hiddenLine(_ question: StaticString, _ user: Bytes) -> Bytes {
        let text = TextBuffer()
        text.append(question)
        text.append(user)
        text.append(": ")
        let memory = MutableBytes.allocate(lineBytesMax)
        let count = linux_read_hidden_line(
            permanent(text.bytes).cString, memory.base, UInt64(memory.count))
        return password(in: memory, count)
    }

    private static func password(in memory: MutableBytes, _ count: Int64) -> Bytes {
        if count == tooLong { exit(ExitCode.failure) { $0.add("the password is too long") } }
        guard count > 0 else {
            exit(ExitCode.usage) { line in
                line.add("a password is wanted: type it, or give it as the first line of input")
            }
        }
        return text(memory.bytes.prefix(Int(count)))
    }

    /// What is stored is UTF-8: anything else would be stored as something else.
    private static func text(_ bytes: Bytes) -> Bytes {
        guard UTF8Validator.isValid(bytes) else {
            exit(ExitCode.failure) { line in
                line.add("that is not UTF-8; is the terminal's locale? nothing was changed")
            }
        }
        return bytes
    }

    /// Asks whether to go on. `isConfirmed`: it was said on the command line; `consequence`: what
    /// somebody is told who cannot be asked.
    static func confirm(
        _ isConfirmed: Bool, _ consequence: StaticString, _ question: (inout Line) -> Void
    ) {
        guard !isConfirmed else { return }
        guard isThere else {
            exit(ExitCode.usage) { line in
                line.add(consequence)
                line.add(": say --yes where nobody can be asked")
            }
        }
        var line = Line()
        question(&line)
        line.add(" (yes or no) ")
        line.show()
        let memory = MutableBytes.allocate(lineBytesMax)
        let count = linux_read_line(memory.base, UInt64(memory.count))
        guard count >= 0, memory.bytes.prefix(Int(count)).trimmed.equalsIgnoringCase("yes") else {
            exit(ExitCode.failure) { $0.add("nothing was changed") }
        }
    }

    /// What comes on standard input, without the line end at its end.
    static func input(bytesMax: Int) -> Bytes {
        let memory = MutableBytes.allocate(bytesMax)
        let count = linux_read_input(memory.base, UInt64(memory.count))
        if count == tooLong { exit(ExitCode.failure) { $0.add("the text is too long") } }
        guard count >= 0 else {
            exit(ExitCode.failure) { line in
                line.add("cannot read standard input: ")
                line.add(SystemError(count).text)
            }
        }
        let text = text(memory.bytes.prefix(Int(count)))
        let endsLine = !text.isEmpty && text[text.count - 1] == UInt8(ascii: "\n")
        return text.prefix(text.count - (endsLine ? 1 : 0))
    }
}
