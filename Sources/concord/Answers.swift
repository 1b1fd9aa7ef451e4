import CLinux
import LinuxIO
import Memory

/// Answers to the questions of `concord setup`: from the environment, else from the file that
/// `--answers` names, else from whoever sits at the terminal.
struct Answers {
    static let passwordKey: StaticString = "admin_password"
    private static let fileBytesMax = 64 * 1024
    private static let lineBytesMax = 4_096
    private static let othersMask: Int32 = 0o077

    private(set) var fromFile: [ConfigurationFile.Assignment] = []
    let canAsk = linux_is_terminal(0) != 0

    init() {
        if let path = Options.value(of: "--answers") { readFile(permanent(path)) }
    }

    /// What was answered without asking; nil if nothing was.
    func given(_ key: StaticString) -> Bytes? {
        if let value = environmentValue(ofSetting: Bytes(key)) { return value }
        return fromFile.last { $0.key == Bytes(key) }?.value
    }

    private mutating func readFile(_ path: Bytes) {
        let memory = MutableBytes.allocate(Answers.fileBytesMax)
        let count = linux_read_file(path.cString, memory.base, UInt64(memory.count))
        guard count >= 0 else { Answers.refuse(path) { $0.add(SystemError(count).text) } }
        var lines = Lines(memory.bytes.prefix(Int(count)))
        while let line = lines.next() {
            let text = line.trimmed
            guard !text.isEmpty, text[0] != UInt8(ascii: "#") else { continue }
            guard let sign = text.firstIndex(of: UInt8(ascii: "=")) else {
                // The line is not repeated: it may hold a password.
                Answers.refuse(path) { message in
                    message.add("line ")
                    message.add(lines.number)
                    message.add(" is not KEY = VALUE")
                }
            }
            fromFile.append(
                ConfigurationFile.Assignment(
                    key: text.prefix(sign).trimmed, value: text.dropFirst(sign + 1).trimmed))
        }
        let isSecret = fromFile.contains { $0.key == Answers.passwordKey }
        if isSecret, linux_file_mode(path.cString) & Answers.othersMask != 0 {
            Answers.refuse(path) { $0.add("holds a password that others may read; make it chmod 600") }
        }
    }

    private static func refuse(_ path: Bytes, _ compose: (inout Line) -> Void) -> Never {
        exit(ExitCode.configuration) { line in
            line.add(path)
            line.add(": ")
            compose(&line)
        }
    }

    // MARK: - The terminal

    /// Asks until the answer will do; an empty one takes what is proposed.
    func ask(
        _ question: StaticString, form: Bytes, proposing proposal: Bytes,
        judge: (Bytes) -> StaticString?
    ) -> Bytes {
        while true {
            var line = Line()
            line.add(question)
            if !form.isEmpty {
                line.add(" (")
                line.add(form)
                line.add(")")
            }
            line.add(" [")
            line.add(proposal)
            line.add("]: ")
            line.show()
            let answer = readLine(linux_read_line).trimmed
            let text = answer.isEmpty ? proposal : answer
            guard let objection = judge(text) else { return text }
            complain(objection)
        }
    }

    /// Asks twice, showing nothing, until both are the same and will do.
    func askPassword(bytes: ClosedRange<Int>, judge: (Bytes) -> StaticString?) -> Bytes {
        var question = Line()
        question.add("Password (")
        question.add(bytes.lowerBound)
        question.add(" to ")
        question.add(bytes.upperBound)
        question.add(" bytes): ")
        while true {
            let first = askHidden(question.bytes)
            if let objection = judge(first) {
                complain(objection)
                continue
            }
            if askHidden(Bytes("Once more: ")) == first { return first }
            complain("is not the same twice")
        }
    }

    private func askHidden(_ question: Bytes) -> Bytes {
        let text = permanent(question)
        return readLine { linux_read_hidden_line(text.cString, $0, $1) }
    }

    private func readLine(_ read: (UnsafeMutablePointer<UInt8>?, UInt64) -> Int64) -> Bytes {
        let memory = MutableBytes.allocate(Answers.lineBytesMax)
        let count = read(memory.base, UInt64(memory.count))
        guard count >= 0 else {
            exit(ExitCode.usage) { $0.add("setup was broken off; nothing has been changed") }
        }
        return memory.bytes.prefix(Int(count))
    }

    private func complain(_ objection: StaticString) {
        var line = Line()
        line.add("  This ")
        line.add(objection)
        line.add(".")
        line.print()
    }
}
