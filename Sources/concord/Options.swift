import Administration
import CLinux
import LinuxIO
import Memory

/// The command line of this process: the command, the words that follow it, and options.
enum Options {
    /// Those that say what settings are, which every command takes.
    private static func isSetting(_ name: Bytes) -> Bool {
        name == "--listen" || name == "--data" || name == "--set" || name == "--config"
            || name == "--profile"
    }

    /// All of it, or the process ends with a line that says what is wrong.
    static var arguments: Arguments {
        let given = (1..<Int(linux_argument_count())).map { argument($0) }
        do throws(UsageError) {
            let arguments = try Arguments(given, flags: Command.flags + ["--help", "--verbose"])
            let asksForHelp = arguments.options.contains { $0.name == "--help" }
            if asksForHelp || (arguments.words.count > 1 && arguments.words[1] == "-h") {
                Help.show()
                linux_exit(ExitCode.success)
            }
            return arguments
        } catch {
            refuse(error)
        }
    }

    static var all: [Arguments.Option] { arguments.options }

    static func refuse(_ error: UsageError) -> Never {
        exit(ExitCode.usage) { line in
            line.add(error.before)
            line.add(error.subject)
            line.add(error.after)
        }
    }

    /// The value that an option was given last.
    static func value(of name: StaticString) -> Bytes? {
        all.last { $0.name == name }?.value
    }

    /// Ends the process if there is a word, or an option that neither settings nor the command know.
    static func check(alsoTaking own: StaticString = "") {
        checkWords()
        check(all.filter { $0.name != Bytes(own) })
    }

    /// Whether a flag was given.
    static func isGiven(_ flag: StaticString) -> Bool { all.contains { $0.name == flag } }

    /// Ends the process if a word follows the command.
    static func checkWords() {
        if let word = arguments.words.dropFirst().first {
            exit(ExitCode.usage) { line in
                line.add("\"")
                line.add(word)
                line.add("\" is no option; try `concord help`")
            }
        }
    }

    /// The same for what a command has left of its options.
    static func check(_ options: [Arguments.Option]) {
        guard let stray = options.first(where: { !isSetting($0.name) }) else { return }
        exit(ExitCode.usage) { line in
            line.add("there is no option \"")
            line.add(stray.name)
            line.add("\" here; try `concord help`")
        }
    }

    static func argument(_ index: Int) -> Bytes {
        guard let text = linux_argument(Int32(index)) else { return .empty }
        return Bytes(cString: text)
    }
}
