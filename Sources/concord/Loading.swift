import CLinux
import LinuxIO
import Memory
import Model
import ServerCore
import Storage

/// Where a value came from, for messages.
enum SettingSource {
    case builtIn
    case file(path: Bytes, line: Int)
    case environment
    case commandLine

    func describe(into line: inout Line) {
        switch self {
        case .builtIn: line.add("built in")
        case .file(let path, let number):
            line.add(path)
            line.add(" line ")
            line.add(number)
        case .environment: line.add("from the environment")
        case .commandLine: line.add("from the command line")
        }
    }
}

/// Puts the configuration together: built-in defaults, then the file, then the environment,
/// then the command line. Whatever is wrong ends the process with a line that says where.
struct ConfigurationLoader {
    static let defaultPath: StaticString = "/etc/concord/concord.conf"
    private static let fileBytesMax = 64 * 1024

    private let table = settingsTable()
    private(set) var configuration = Configuration()

    init() {
        for setting in table {
            set(Bytes(setting.key), to: Bytes(setting.defaultValue), from: .builtIn)
        }
    }

    mutating func set(_ key: Bytes, to value: Bytes, from source: SettingSource) {
        guard let setting = table.first(where: { key == $0.key }) else {
            exit(ExitCode.configuration) { line in
                line.add("there is no setting \"")
                line.add(key)
                line.add("\" (")
                source.describe(into: &line)
                line.add("); `concord help settings` lists them")
            }
        }
        guard setting.apply(value, &configuration) else {
            exit(ExitCode.configuration) { line in
                line.add(setting.key)
                line.add(" = \"")
                line.add(value)
                line.add("\" (")
                source.describe(into: &line)
                line.add(") is not ")
                line.add(setting.form)
                line.add("; the default is ")
                line.add(setting.defaultValue)
            }
        }
    }

    /// Reads `key = value` lines; `#` begins a comment line. Without a path the default
    /// file is read if it is there.
    mutating func readFile(_ path: Bytes?) {
        let file = path ?? permanent(Bytes(ConfigurationLoader.defaultPath))
        let memory = MutableBytes.allocate(ConfigurationLoader.fileBytesMax)
        let count = linux_read_file(file.cString, memory.base, UInt64(memory.count))
        if count < 0 {
            let error = SystemError(count)
            if path == nil, error.isNotFound { return }
            exit(ExitCode.configuration) { line in
                line.add("cannot read ")
                line.add(file)
                line.add(": ")
                line.add(error.text)
            }
        }
        readLines(memory.bytes.prefix(Int(count)), of: file)
        memory.base.deallocate()
    }

    private mutating func readLines(_ text: Bytes, of file: Bytes) {
        var rest = text
        var number = 0
        while !rest.isEmpty {
            number += 1
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.count
            readLine(rest.prefix(end), .file(path: file, line: number))
            rest = rest.dropFirst(min(end + 1, rest.count))
        }
    }

    private mutating func readLine(_ text: Bytes, _ source: SettingSource) {
        let hasReturn = !text.isEmpty && text[text.count - 1] == UInt8(ascii: "\r")
        let line = text.prefix(text.count - (hasReturn ? 1 : 0)).trimmed
        guard !line.isEmpty, line[0] != UInt8(ascii: "#") else { return }
        setPair(line, from: source)
    }

    /// Takes `KEY=VALUE` over, with or without white space around the sign.
    mutating func setPair(_ pair: Bytes, from source: SettingSource) {
        guard let sign = pair.firstIndex(of: UInt8(ascii: "=")) else {
            exit(ExitCode.configuration) { line in
                line.add("\"")
                line.add(pair)
                line.add("\" (")
                source.describe(into: &line)
                line.add(") is not KEY = VALUE")
            }
        }
        set(pair.prefix(sign).trimmed, to: pair.dropFirst(sign + 1).trimmed, from: source)
    }

    /// Takes over `CONCORD_<KEY>` for every key of the table.
    mutating func readEnvironment() {
        for setting in table {
            var name = ByteWriter(.allocate(setting.key.utf8CodeUnitCount + 9))
            name.append("CONCORD_")
            let key = Bytes(setting.key)
            for index in 0..<key.count {
                let byte = key[index]
                name.append(byte >= 0x61 && byte <= 0x7A ? byte - 0x20 : byte)
            }
            let text = name.bytes
            name.append(0)
            if let value = linux_environment(text.cString) {
                set(key, to: Bytes(cString: value), from: .environment)
            }
            name.written.base.deallocate()
        }
    }

    /// A misspelt variable would otherwise be passed over in silence.
    func warnOfUnknownVariables() {
        var index: Int32 = 0
        while let entry = linux_environment_entry(index) {
            index += 1
            let text = Bytes(cString: entry)
            let name = text.prefix(text.firstIndex(of: UInt8(ascii: "=")) ?? text.count)
            guard name.starts(with: "CONCORD_"), !isKnown(name) else { continue }
            var line = Line()
            line.add("warning: ")
            line.add(name)
            line.add(" is no setting; `concord help settings` lists them")
            line.print(to: 2)
        }
    }

    private func isKnown(_ variable: Bytes) -> Bool {
        let key = variable.dropFirst(8)
        return variable == "CONCORD_ADMIN_PASSWORD"
            || table.contains { key.equalsIgnoringCase($0.key) }
    }

    /// What no single setting can judge.
    func checked() -> Configuration {
        var configuration = configuration
        if !configuration.tokenKeyFile.isEmpty {
            // One for each peer, and as many again for those who only ask now and then.
            configuration.options.verifiedTokens = 2 * configuration.options.peersMax
        }
        let options = configuration.options
        let ring = options.ringBytes
        if ring & (ring - 1) != 0 || ring < options.ringBytesMin {
            exit(ExitCode.configuration) { line in
                line.add("ring_bytes = ")
                line.add(ring)
                line.add(" must be a power of two and, with these limits, at least ")
                line.add(options.ringBytesMin)
            }
        }
        if configuration.store.pageCacheBytes * 2 > configuration.store.heapBytesMax {
            exit(ExitCode.configuration) { line in
                line.add("database_cache = ")
                line.add(configuration.store.pageCacheBytes)
                line.add(" is more than half of database_memory = ")
                line.add(configuration.store.heapBytesMax)
            }
        }
        if options.limits.passwordBytesMin > options.limits.passwordBytesMax {
            exit(ExitCode.configuration) { line in
                line.add("password_bytes_min = ")
                line.add(options.limits.passwordBytesMin)
                line.add(" is more than password_bytes_max = ")
                line.add(options.limits.passwordBytesMax)
            }
        }
        return configuration
    }
}
