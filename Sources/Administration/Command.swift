import Memory
import Model

/// A command by which the data is administered from the terminal.
public enum Command {
    case listUsers
    case addUser(name: Bytes, isAdministrator: Bool)
    case setPassword(user: Bytes)
    case removeUser(Bytes)
    /// Without changes the rights are shown.
    case rights(user: Bytes, RightsChange)
    case revokeTokens(user: Bytes)
    case createInvite(uses: Int64, validForSeconds: Int64)
    case listInvites
    case removeInvite(code: Bytes)
    case listChannels
    case addChannel(name: Bytes, parent: Bytes?, description: Bytes?)
    case removeChannel(Bytes)
    /// Without words the text comes on standard input.
    case say(channel: Bytes, words: [Bytes], author: Bytes?)
    case backup(file: Bytes)
    case restore(file: Bytes)

    /// The first words of command lines that are read here.
    public static func isNamed(by word: Bytes) -> Bool {
        switch word {
        case "user", "token", "invite", "channel", "say", "backup", "restore": true
        default: false
        }
    }

    /// Options without a value.
    public static let flags: [StaticString] = ["--yes", "--admin"]

    /// Whether it asks first, unless `--yes` says that it need not.
    public var asks: Bool {
        switch self {
        case .removeUser, .removeChannel, .restore: true
        default: false
        }
    }

    /// Reads the words, the command's name first, and takes the options that are its own.
    public static func parse(_ arguments: inout Arguments) throws(UsageError) -> Command {
        try checkText(arguments)
        var words = Words(arguments.words)
        let command = try parse(&words, &arguments)
        guard let stray = words.next() else { return command }
        throw UsageError("\"", stray, "\" is one word too many; quote what has spaces in it")
    }

    /// Names and texts are UTF-8; paths may be any bytes.
    private static func checkText(_ arguments: Arguments) throws(UsageError) {
        let first = arguments.words.first ?? .empty
        let arePaths = first == "backup" || first == "restore"
        var texts = arePaths ? [] : arguments.words
        for option in arguments.options {
            switch option.name {
            case "--as", "--parent", "--description": texts.append(option.value)
            default: break
            }
        }
        guard texts.allSatisfy({ UTF8Validator.isValid($0) }) else {
            throw UsageError("a name or text is not UTF-8; is the terminal's locale?")
        }
    }

    private static func parse(
        _ words: inout Words, _ options: inout Arguments
    ) throws(UsageError) -> Command {
        switch try words.next("a command") {
        case "user": return try parseUser(&words, &options)
        case "token":
            guard try words.next("what to do: revoke") == "revoke" else {
                throw UsageError("a token can be revoked: `concord token revoke USER`")
            }
            return .revokeTokens(user: try words.next("whose tokens: USER"))
        case "invite": return try parseInvite(&words, &options)
        case "channel": return try parseChannel(&words, &options)
        case "say":
            let channel = try words.next("where to say it: CHANNEL")
            return .say(channel: channel, words: words.rest(), author: options.take("--as"))
        case "backup":
            let file = try words.next("where to write it: FILE")
            if file == "-" { throw UsageError("a backup is read through: name a file for it") }
            return .backup(file: file)
        case "restore": return .restore(file: try words.next("what to restore: FILE"))
        case let other: throw UsageError("there is no command \"", other, "\"; try `concord help`")
        }
    }

    private static func parseUser(
        _ words: inout Words, _ options: inout Arguments
    ) throws(UsageError) -> Command {
        switch try words.next("what to do: list, add, passwd, remove or rights") {
        case "list": return .listUsers
        case "add":
            let name = try words.next("a name for the new user")
            return .addUser(name: name, isAdministrator: options.take("--admin") != nil)
        case "passwd": return .setPassword(user: try words.next("whose password: USER"))
        case "remove": return .removeUser(try words.next("whom to remove: USER"))
        case "rights":
            let user = try words.next("whose rights: USER")
            return .rights(user: user, try RightsChange(words.rest()))
        case let other:
            throw UsageError("", other, " is none of: list, add, passwd, remove, rights")
        }
    }

    private static func parseInvite(
        _ words: inout Words, _ options: inout Arguments
    ) throws(UsageError) -> Command {
        switch try words.next("what to do: create, list or remove") {
        case "create":
            let uses = options.take("--uses") ?? Bytes("1")
            guard let count = decimalInteger(uses), count > 0 else {
                throw UsageError("--uses ", uses, " is no number of people")
            }
            let time = options.take("--for") ?? Bytes("7d")
            guard let seconds = Lifetime.seconds(time) else {
                throw UsageError("--for ", time, " is no time; write 30m, 12h, 7d or 4w")
            }
            return .createInvite(uses: count, validForSeconds: seconds)
        case "list": return .listInvites
        case "remove": return .removeInvite(code: try words.next("which one: CODE"))
        case let other: throw UsageError("", other, " is none of: create, list, remove")
        }
    }

    private static func parseChannel(
        _ words: inout Words, _ options: inout Arguments
    ) throws(UsageError) -> Command {
        switch try words.next("what to do: list, add or remove") {
        case "list": return .listChannels
        case "add":
            let name = try words.next("a name for the new channel")
            return .addChannel(
                name: name, parent: options.take("--parent"),
                description: options.take("--description"))
        case "remove": return .removeChannel(try words.next("which one: CHANNEL"))
        case let other: throw UsageError("", other, " is none of: list, add, remove")
        }
    }
}

/// The words of a command line, taken one after the other.
private struct Words {
    private let words: [Bytes]
    private var index = 0

    init(_ words: [Bytes]) { self.words = words }

    mutating func next() -> Bytes? {
        guard index < words.count else { return nil }
        index += 1
        return words[index - 1]
    }

    /// - Parameter what: is missing if there is no word left.
    mutating func next(_ what: StaticString) throws(UsageError) -> Bytes {
        guard let word = next(), !word.isEmpty else {
            throw UsageError("say ", Bytes(what), "; try `concord help`")
        }
        return word
    }

    mutating func rest() -> [Bytes] {
        defer { index = words.count }
        return Array(words[index...])
    }
}
