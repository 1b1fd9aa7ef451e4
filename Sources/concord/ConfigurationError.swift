import LinuxIO
import Memory

/// Where a value came from, for messages.
enum SettingSource {
    case builtIn
    case profile
    case file(path: Bytes, line: Int)
    case environment
    case commandLine
    /// What `concord setup` was told.
    case answer

    func describe(into line: inout Line) {
        switch self {
        case .builtIn: line.add("built in")
        case .profile: line.add("from the profile")
        case .file(let path, let number):
            line.add(path)
            line.add(" line ")
            line.add(number)
        case .environment: line.add("from the environment")
        case .commandLine: line.add("from the command line")
        case .answer: line.add("from the answers")
        }
    }
}

/// What is wrong with the settings, and where. Its views are the loader's.
enum ConfigurationError: Error {
    case unreadable(file: Bytes, SystemError)
    case notAPair(Bytes, SettingSource)
    case unknown(key: Bytes, SettingSource)
    case malformed(Setting, value: Bytes, SettingSource)
    case ringTooSmall(Int, atLeast: Int)
    case cacheTooLarge(Int, heap: Int)
    case passwordsTooShort(min: Int, max: Int)
    case tlsWithout(StaticString)
    case tlsUnused(StaticString)
    case twiceTheSamePort(UInt16)
    case nowhereToListen
    case nowhereToRedirect

    func describe(into line: inout Line) {
        switch self {
        case .unreadable(let file, let error):
            line.add("cannot read ")
            line.add(file)
            line.add(": ")
            line.add(error.text)
        case .notAPair(let text, let source):
            line.add("\"")
            line.add(text)
            line.add("\" (")
            source.describe(into: &line)
            line.add(") is not KEY = VALUE")
        case .unknown(let key, let source):
            line.add("there is no setting \"")
            line.add(key)
            line.add("\" (")
            source.describe(into: &line)
            line.add("); `concord help settings` lists them")
        case .malformed(let setting, let value, let source):
            line.add(setting.key)
            line.add(" = \"")
            line.add(value)
            line.add("\" (")
            source.describe(into: &line)
            line.add(") is not ")
            line.add(setting.form)
            line.add("; the default is ")
            line.add(setting.defaultValue)
        case .ringTooSmall, .cacheTooLarge, .passwordsTooShort, .tlsWithout, .tlsUnused,
            .twiceTheSamePort, .nowhereToListen, .nowhereToRedirect:
            describeTogether(into: &line)
        }
    }

    /// What is wrong with two settings together.
    private func describeTogether(into line: inout Line) {
        switch self {
        case .ringTooSmall(let ring, let least):
            line.add("ring_bytes = ")
            line.add(ring)
            line.add(" must be a power of two and, with these limits, at least ")
            line.add(least)
        case .cacheTooLarge(let cache, let heap):
            line.add("database_cache = ")
            line.add(cache)
            line.add(" is more than half of database_memory = ")
            line.add(heap)
        case .passwordsTooShort(let min, let max):
            line.add("password_bytes_min = ")
            line.add(min)
            line.add(" is more than password_bytes_max = ")
            line.add(max)
        case .tlsWithout(let key):
            line.add("tls = files needs ")
            line.add(key)
            line.add(" = FILE")
        case .tlsUnused(let key):
            line.add(key)
            line.add(" is set, but tls = auto does not use it: set tls = files, or take it out")
        case .twiceTheSamePort(let port):
            line.add("listen and listen_tls both name port ")
            line.add(port)
            line.add(": http and https need one each")
        case .nowhereToListen:
            line.add("there is nothing to listen on: set listen, or listen_tls and tls")
        case .nowhereToRedirect:
            line.add("redirect_to_tls = true needs tls, and an address in listen_tls")
        case .unreadable, .notAPair, .unknown, .malformed: break
        }
    }
}
