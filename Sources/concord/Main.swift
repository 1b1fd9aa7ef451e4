import CLinux
import LinuxIO
import Memory
import ServerCore

/// The command line: `concord COMMAND [OPTIONS]`.
@main
struct Main {
    static let version: StaticString = "0.1.0"

    static func main() {
        guard linux_argument_count() > 1 else {
            Help.show()
            linux_exit(ExitCode.usage)
        }
        let command = argument(1)
        switch command {
        case "serve":
            var serve = Serve(readOptions())
            linux_exit(serve.run())
        case "check-config": checkConfiguration()
        case "version", "--version":
            say(version)
        case "help", "--help", "-h":
            linux_argument_count() > 2 && argument(2) == "settings" ? Help.showSettings() : Help.show()
        default:
            exit(ExitCode.usage) { line in
                line.add("there is no command \"")
                line.add(command)
                line.add("\"; try `concord help`")
            }
        }
    }

    private static func checkConfiguration() {
        let configuration = readOptions()
        let plan = memoryPlan(configuration)
        printPlan(plan)
        Machine.check(plan, configuration)
        InitialPassword.checkGiven(configuration.options.limits)
        _ = TokenKeyFile.chosen(configuration)
        say("the configuration is valid")
    }

    private static func argument(_ index: Int) -> Bytes {
        guard let text = linux_argument(Int32(index)) else { return .empty }
        return Bytes(cString: text)
    }

    /// The options of `serve` and `check-config`. The file comes before the environment and
    /// that before the command line, wherever `--config` stands.
    private static func readOptions() -> Configuration {
        var loader = ConfigurationLoader()
        var file: Bytes?
        forEachOption { name, value in
            if name == "--config" { file = permanent(value) }
        }
        loader.readFile(file)
        loader.readEnvironment()
        loader.warnOfUnknownVariables()
        var listen = ByteWriter(.allocate(4_096))
        forEachOption { name, value in
            switch name {
            case "--listen":
                if listen.count > 0 { listen.append(UInt8(ascii: ",")) }
                listen.append(value)
            case "--data": loader.set(Bytes("data"), to: value, from: .commandLine)
            case "--set": loader.setPair(value, from: .commandLine)
            case "--config": break
            default:
                exit(ExitCode.usage) { line in
                    line.add("there is no option \"")
                    line.add(name)
                    line.add("\"; try `concord help`")
                }
            }
        }
        if listen.count > 0 {
            loader.set(Bytes("listen"), to: listen.bytes, from: .commandLine)
        }
        return loader.checked()
    }

    /// Visits `--name value` and `--name=value`.
    private static func forEachOption(_ visit: (_ name: Bytes, _ value: Bytes) -> Void) {
        var index = 2
        while index < Int(linux_argument_count()) {
            let option = argument(index)
            index += 1
            if option == "--help" || option == "-h" {
                Help.show()
                linux_exit(ExitCode.success)
            }
            if let sign = option.firstIndex(of: UInt8(ascii: "=")), option.starts(with: "--") {
                visit(option.prefix(sign), option.dropFirst(sign + 1))
                continue
            }
            guard option.starts(with: "--") else {
                exit(ExitCode.usage) { line in
                    line.add("\"")
                    line.add(option)
                    line.add("\" is no option; try `concord help`")
                }
            }
            guard index < Int(linux_argument_count()) else {
                exit(ExitCode.usage) { line in
                    line.add(option)
                    line.add(" needs a value")
                }
            }
            visit(option, argument(index))
            index += 1
        }
    }
}
