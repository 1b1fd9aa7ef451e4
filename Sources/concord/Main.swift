import Administration
import CLinux
import LinuxIO
import Memory
import Model
import ServerCore
import Storage
import TLS

/// The command line: `concord COMMAND [OPTIONS]`.
@main
struct Main {
    static let version: StaticString = "0.1.0"
    /// When it was made, in milliseconds since 1970: a clock that stands before it is wrong.
    static let releasedAt: Milliseconds = 1_795_564_800_000

    static func main() {
        linux_forbid_core_dumps()
        guard linux_argument_count() > 1 else {
            Help.show()
            linux_exit(ExitCode.usage)
        }
        let command = Options.argument(1)
        switch command {
        case "serve":
            Options.check()
            let loader = readSettings()
            var serve = Serve(loader, configuration(loader))
            linux_exit(serve.run())
        case "check-config": checkConfiguration()
        case "plan":
            Options.check()
            printPlan(memoryPlan(configuration(readSettings())))
        case "tls": showTLS()
        case _ where Command.isNamed(by: command): AdministrationCommands.run()
        case "setup": Setup.run()
        case "doctor": Doctor.run()
        case "version": showVersion()
        case "--version": say(version)
        case "help", "--help", "-h": showHelp()
        default:
            exit(ExitCode.usage) { line in
                line.add("there is no command \"")
                line.add(command)
                line.add("\"; try `concord help`")
            }
        }
        if linux_output_is_lost() != 0 {
            exit(ExitCode.failure) { $0.add("standard output cannot be written") }
        }
    }

    /// With `--verbose` also the libraries inside: the program is static, so they get their
    /// fixes with it alone.
    private static func showVersion() {
        Options.check(Options.all.filter { $0.name != Bytes("--verbose") })
        Options.checkWords()
        say(version)
        guard Options.isGiven("--verbose") else { return }
        var line = Line()
        line.add("SQLite ")
        line.add(Store.libraryVersion)
        line.add("\n")
        line.add(TLSContext.library)
        line.print()
    }

    private static func showHelp() {
        guard linux_argument_count() > 2 else { return Help.show() }
        let topic = Options.argument(2)
        if topic == "settings" { return Help.showSettings() }
        if Help.show(topic) { return }
        exit(ExitCode.usage) { line in
            line.add("there is no help about \"")
            line.add(topic)
            line.add("\"; `concord help` tells of what there is")
        }
    }

    private static func checkConfiguration() {
        Options.check()
        let configuration = configuration(readSettings())
        printPlan(memoryPlan(configuration))
        InitialPassword.checkGiven(configuration.options.limits)
        check(configuration)
        say("the configuration is valid")
    }

    /// Ends the process if the machine, or the files that are named, do not go with the settings.
    static func check(_ configuration: Configuration) {
        Machine.check(memoryPlan(configuration), configuration)
        _ = TokenKeyFile.chosen(configuration)
        TLSIdentity.check(configuration)
    }

    private static func showTLS() {
        let words = Options.arguments.words
        guard words.count == 2, words[1] == "show" else {
            exit(ExitCode.usage) { $0.add("`concord tls show` is the only command about TLS") }
        }
        Options.check(Options.all)
        let configuration = configuration(readSettings())
        switch configuration.tls {
        case .off: say("TLS is off (tls, listen_tls)")
        case .auto: ShowTLS.showLocal(in: configuration.dataFolder)
        case .files: ShowTLS.showChain(configuration.tlsCertificateFile)
        }
    }

    /// Whatever is wrong ends the process with a line that says where.
    static func readSettings(makingFile: Bool = false) -> ConfigurationLoader {
        var loader = ConfigurationLoader()
        do throws(ConfigurationError) {
            try loader.readAll(makingFile: makingFile)
        } catch {
            exit(ExitCode.configuration) { error.describe(into: &$0) }
        }
        loader.warnOfUnknownVariables()
        return loader
    }

    static func configuration(_ loader: ConfigurationLoader) -> Configuration {
        orRefused(loader.configuration)
    }

    /// The same, or the process ends with a line that says what is wrong with the settings.
    static func orRefused(
        _ make: () throws(ConfigurationError) -> Configuration
    ) -> Configuration {
        do throws(ConfigurationError) {
            return try make()
        } catch {
            exit(ExitCode.configuration) { error.describe(into: &$0) }
        }
    }
}
