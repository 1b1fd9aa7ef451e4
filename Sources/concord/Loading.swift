import Administration
import CLinux
import LinuxIO
import Memory
import Model
import ServerCore
import Storage

/// Puts the settings together: built-in defaults, in their place the profile's, then the file,
/// then the environment, then the command line. What is taken into a `Configuration` points into
/// the loader's memory, which stays until `forget`.
struct ConfigurationLoader {
    static let defaultPath: StaticString = "/etc/concord/concord.conf"
    private static let fileBytesMax = 64 * 1024

    struct Value {
        let text: Bytes
        let source: SettingSource
    }

    let table = settingsTable()
    /// What was said of each setting last, by its place in the table.
    private var given: [Value?]
    /// Takes every value once, to see whether it is of its form.
    private var judge = Configuration()
    private var memory: [MutableBytes] = []

    init() { given = [Value?](repeating: nil, count: table.count) }

    /// The settings' file: named by `--config`, or the usual one.
    static var file: Bytes { Options.value(of: "--config") ?? Bytes(defaultPath) }

    /// All that is said, in the order in which it counts. A file that is named must be there,
    /// unless it is about to be made.
    mutating func readAll(makingFile: Bool = false) throws(ConfigurationError) {
        let isNamed = Options.value(of: "--config") != nil
        try readFile(mustExist: isNamed && !makingFile)
        try readEnvironment()
        try readCommandLine()
    }

    func forget() {
        for piece in memory { piece.base.deallocate() }
    }

    mutating func set(
        _ key: Bytes, to value: Bytes, from source: SettingSource
    ) throws(ConfigurationError) {
        guard let place = table.firstIndex(where: { key == $0.key }) else {
            throw .unknown(key: key, source)
        }
        let text = kept(value)
        guard table[place].apply(text, &judge) else {
            throw .malformed(table[place], value: text, source)
        }
        given[place] = Value(text: text, source: source)
    }

    /// What a setting is, by its place in the table.
    func value(at place: Int) -> Value {
        if let value = given[place] { return value }
        let setting = table[place]
        if let text = profile?.value(of: setting.key) { return Value(text: text, source: .profile) }
        return Value(text: Bytes(setting.defaultValue), source: .builtIn)
    }

    private var profile: Profile? {
        let place = table.firstIndex { Bytes($0.key) == "profile" }
        return place.flatMap { given[$0] }.flatMap { Profile($0.text) }
    }

    /// All settings together, and what no single one can judge.
    func configuration() throws(ConfigurationError) -> Configuration {
        let configuration = try unjudged()
        try ConfigurationLoader.check(configuration)
        return configuration
    }

    /// All settings together, whether or not they go together.
    func unjudged() throws(ConfigurationError) -> Configuration {
        var configuration = Configuration()
        for place in 0..<table.count {
            let value = value(at: place)
            guard table[place].apply(value.text, &configuration) else {
                throw .malformed(table[place], value: value.text, value.source)
            }
        }
        enlargeRing(&configuration)
        if !configuration.tokenKeyFile.isEmpty {
            // One for each peer, and as many again for those who only ask now and then.
            configuration.options.verifiedTokens = 2 * configuration.options.peersMax
        }
        ConfigurationLoader.settleTLS(&configuration)
        return configuration
    }

    /// TLS without an address is none.
    private static func settleTLS(_ configuration: inout Configuration) {
        if configuration.listensToTLSAsUsual {
            configuration.listenTLS = ListenAddress.usualTLS(beside: configuration.listen)
        }
        if configuration.tls == .off { configuration.listenTLS = [] }
        if configuration.listenTLS.isEmpty { configuration.tls = .off }
        configuration.options.tlsConnections =
            configuration.tls == .off ? 0 : configuration.tlsConnections
    }

    /// A ring that nobody chose follows the limits that somebody did.
    private func enlargeRing(_ configuration: inout Configuration) {
        let place = table.firstIndex { Bytes($0.key) == "ring_bytes" }
        guard let place, given[place] == nil else { return }
        configuration.options.ringBytes = max(
            configuration.options.ringBytes, configuration.options.ringBytesMin)
    }

    private static func check(_ configuration: Configuration) throws(ConfigurationError) {
        if configuration.redirectsToTLS, configuration.tls == .off { throw .nowhereToRedirect }
        if configuration.tls == .files {
            if configuration.tlsCertificateFile.isEmpty { throw .tlsWithout("tls_certificate") }
            if configuration.tlsKeyFile.isEmpty { throw .tlsWithout("tls_key") }
        }
        // With tls = off, they may wait for better days.
        if configuration.tls == .auto {
            if !configuration.tlsCertificateFile.isEmpty { throw .tlsUnused("tls_certificate") }
            if !configuration.tlsKeyFile.isEmpty { throw .tlsUnused("tls_key") }
        }
        for secure in configuration.listenTLS where secure.port != 0 {
            if configuration.listen.contains(where: secure.overlaps) {
                throw .twiceTheSamePort(secure.port)
            }
        }
        if configuration.listen.isEmpty, configuration.tls == .off { throw .nowhereToListen }
        let options = configuration.options
        let ring = options.ringBytes
        if ring & (ring - 1) != 0 || ring < options.ringBytesMin {
            throw .ringTooSmall(ring, atLeast: options.ringBytesMin)
        }
        let store = configuration.store
        if store.pageCacheBytes * 2 > store.heapBytesMax {
            throw .cacheTooLarge(store.pageCacheBytes, heap: store.heapBytesMax)
        }
        let limits = options.limits
        if limits.passwordBytesMin > limits.passwordBytesMax {
            throw .passwordsTooShort(min: limits.passwordBytesMin, max: limits.passwordBytesMax)
        }
    }

    /// A copy that is the loader's, with a zero behind it for C.
    private mutating func kept(_ text: Bytes) -> Bytes {
        let piece = MutableBytes.allocate(text.count + 1)
        memory.append(piece)
        piece.copy(text, at: 0)
        piece[text.count] = 0
        return piece.bytes.prefix(text.count)
    }
}

// MARK: - Where values come from

extension ConfigurationLoader {
    /// Reads `key = value` lines; `#` begins a comment line.
    private mutating func readFile(mustExist: Bool) throws(ConfigurationError) {
        let file = kept(ConfigurationLoader.file)
        let text = MutableBytes.allocate(ConfigurationLoader.fileBytesMax)
        memory.append(text)
        let count = linux_read_file(file.cString, text.base, UInt64(text.count))
        if count < 0 {
            let error = SystemError(count)
            if !mustExist, error.isNotFound { return }
            throw .unreadable(file: file, error)
        }
        var lines = Lines(text.bytes.prefix(Int(count)))
        while let line = lines.next() {
            let pair = line.trimmed
            guard !pair.isEmpty, pair[0] != UInt8(ascii: "#") else { continue }
            try setPair(pair, from: .file(path: file, line: lines.number))
        }
    }

    /// Takes `KEY=VALUE` over, with or without white space around the sign.
    mutating func setPair(
        _ pair: Bytes, from source: SettingSource
    ) throws(ConfigurationError) {
        guard let sign = pair.firstIndex(of: UInt8(ascii: "=")) else {
            throw .notAPair(pair, source)
        }
        try set(pair.prefix(sign).trimmed, to: pair.dropFirst(sign + 1).trimmed, from: source)
    }

    /// Takes over `CONCORD_<KEY>` for every key of the table.
    mutating func readEnvironment() throws(ConfigurationError) {
        for setting in table {
            let key = Bytes(setting.key)
            if let value = environmentValue(ofSetting: key) {
                try set(key, to: value, from: .environment)
            }
        }
    }

    /// Every `--listen` adds an address; what else is said twice counts as it was said last.
    mutating func readCommandLine() throws(ConfigurationError) {
        var listen = ByteWriter(.allocate(4_096))
        defer { listen.written.base.deallocate() }
        for option in Options.all {
            switch option.name {
            case "--listen":
                if listen.count > 0 { listen.append(UInt8(ascii: ",")) }
                listen.append(option.value)
            case "--data": try set(Bytes("data"), to: option.value, from: .commandLine)
            case "--profile": try set(Bytes("profile"), to: option.value, from: .commandLine)
            case "--set": try setPair(option.value, from: .commandLine)
            default: break
            }
        }
        if listen.count > 0 {
            try set(Bytes("listen"), to: listen.bytes, from: .commandLine)
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
        return variable == "CONCORD_ADMIN_PASSWORD" || variable == "CONCORD_ADMIN_NAME"
            || table.contains { key.equalsIgnoringCase($0.key) }
    }
}

/// The value of `CONCORD_<KEY>`, or nil.
func environmentValue(ofSetting key: Bytes) -> Bytes? {
    var name = ByteWriter(.allocate(key.count + 9))
    defer { name.written.base.deallocate() }
    name.append("CONCORD_")
    for index in 0..<key.count {
        let byte = key[index]
        name.append(byte >= 0x61 && byte <= 0x7A ? byte - 0x20 : byte)
    }
    name.append(0)
    return linux_environment(name.bytes.cString).map { Bytes(cString: $0) }
}

/// The lines of a text, one after the other.
struct Lines {
    private var rest: Bytes
    /// Of the line that was given last, from 1.
    private(set) var number = 0

    /// Without the mark (U+FEFF) that some editors put before a text.
    init(_ text: Bytes) { rest = text.starts(with: "\u{FEFF}") ? text.dropFirst(3) : text }

    mutating func next() -> Bytes? {
        guard !rest.isEmpty else { return nil }
        number += 1
        let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.count
        let line = rest.prefix(end)
        rest = rest.dropFirst(min(end + 1, rest.count))
        let hasReturn = !line.isEmpty && line[line.count - 1] == UInt8(ascii: "\r")
        return line.prefix(line.count - (hasReturn ? 1 : 0))
    }
}
