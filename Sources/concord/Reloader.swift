import LinuxIO
import Memory
import ServerCore

/// What SIGHUP does: reads everything again that a running server can take over, and logs line by
/// line what it took and what needs a restart. In order: the settings. Whatever else a file
/// holds and can be exchanged belongs behind them.
final class Reloader {
    private let server: Server
    private let log: Log
    /// The options that the server runs with.
    private var options: Configuration
    /// What each setting is in force as, by its place in the table.
    private var inForce: [MutableBytes]

    init(_ server: Server, _ loader: ConfigurationLoader, _ configuration: Configuration, _ log: Log) {
        self.server = server
        self.log = log
        options = configuration
        inForce = []
        for place in 0..<loader.table.count {
            inForce.append(Reloader.copy(loader.value(at: place).text))
        }
    }

    func reload() {
        var loader = ConfigurationLoader()
        do throws(ConfigurationError) {
            try loader.readAll()
            _ = try loader.configuration()
            takeSettings(from: loader)
        } catch {
            report(.error) { line in
                line.add("nothing is taken: ")
                error.describe(into: &line)
            }
        }
        loader.forget()
    }

    private func takeSettings(from loader: ConfigurationLoader) {
        var changes = 0
        for (place, setting) in loader.table.enumerated() {
            let text = loader.value(at: place).text
            guard text != inForce[place].bytes else { continue }
            changes += 1
            switch setting.takesEffect {
            case .atReload: take(setting, text, at: place)
            case .atRestart: reportForRestart(setting, text, at: place)
            }
        }
        server.goOn(with: options.options)
        if changes == 0 { report(.notice) { $0.add("no setting has changed") } }
    }

    private func take(_ setting: Setting, _ text: Bytes, at place: Int) {
        _ = setting.apply(text, &options)
        report(.notice) { line in
            line.add(setting.key)
            line.add(" = ")
            line.add(text)
            line.add(" is taken; it was ")
            line.add(inForce[place].bytes)
        }
        inForce[place].base.deallocate()
        inForce[place] = Reloader.copy(text)
    }

    private func reportForRestart(_ setting: Setting, _ text: Bytes, at place: Int) {
        report(.warning) { line in
            line.add(setting.key)
            line.add(" = ")
            line.add(text)
            line.add(" needs a restart; until then it is ")
            line.add(inForce[place].bytes)
        }
    }

    private func report(_ priority: Log.Priority, _ compose: (inout Line) -> Void) {
        var line = Line()
        line.add("reload: ")
        compose(&line)
        log(priority, line.bytes)
    }

    private static func copy(_ text: Bytes) -> MutableBytes {
        let memory = MutableBytes.allocate(text.count)
        memory.copy(text, at: 0)
        return memory
    }
}
