import CLinux
import LinuxIO
import Memory

/// The options of the command line, behind the command: `--name value` or `--name=value`.
enum Options {
    struct Option {
        let name: Bytes
        let value: Bytes
    }

    /// Those that say what settings are, which every command takes.
    private static func isSetting(_ name: Bytes) -> Bool {
        name == "--listen" || name == "--data" || name == "--set" || name == "--config"
            || name == "--profile"
    }

    /// All of them, or the process ends with a line that says what is wrong with one.
    static var all: [Option] {
        var options: [Option] = []
        var index = 2
        while index < Int(linux_argument_count()) {
            let option = argument(index)
            index += 1
            if option == "--help" || option == "-h" {
                Help.show()
                linux_exit(ExitCode.success)
            }
            guard option.starts(with: "--") else {
                exit(ExitCode.usage) { line in
                    line.add("\"")
                    line.add(option)
                    line.add("\" is no option; try `concord help`")
                }
            }
            if let sign = option.firstIndex(of: UInt8(ascii: "=")) {
                options.append(
                    Option(name: option.prefix(sign), value: option.dropFirst(sign + 1)))
                continue
            }
            guard index < Int(linux_argument_count()) else {
                exit(ExitCode.usage) { line in
                    line.add(option)
                    line.add(" needs a value")
                }
            }
            options.append(Option(name: option, value: argument(index)))
            index += 1
        }
        return options
    }

    /// The value that an option was given last.
    static func value(of name: StaticString) -> Bytes? {
        all.last { $0.name == name }?.value
    }

    /// Ends the process if there is an option that neither settings nor the command know.
    static func check(alsoTaking own: StaticString = "") {
        guard let stray = all.first(where: { !isSetting($0.name) && $0.name != Bytes(own) }) else {
            return
        }
        exit(ExitCode.usage) { line in
            line.add("there is no option \"")
            line.add(stray.name)
            line.add("\"; try `concord help`")
        }
    }

    static func argument(_ index: Int) -> Bytes {
        guard let text = linux_argument(Int32(index)) else { return .empty }
        return Bytes(cString: text)
    }
}
