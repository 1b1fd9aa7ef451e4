import Administration
import CLinux
import Memory
import Model

/// `concord user …`, `channel …`, `say …` and the others: from the command line to the end.
enum AdministrationCommands {
    static func run() -> Never {
        linux_keep_files_private()
        var arguments = Options.arguments
        do throws(UsageError) {
            let command = try Command.parse(&arguments)
            let isConfirmed = command.asks && arguments.take("--yes") != nil
            Options.check(arguments.options)
            carryOut(command, Main.readSettings(), isConfirmed: isConfirmed)
            linux_exit(ExitCode.success)
        } catch {
            Options.refuse(error)
        }
    }

    private static func carryOut(
        _ command: Command, _ settings: ConfigurationLoader, isConfirmed: Bool
    ) {
        let configuration = Main.configuration(settings)
        switch command {
        case .backup(let file): return BackupCommand(configuration, to: file).run()
        case .restore(let file):
            return RestoreCommand(configuration, from: file, isConfirmed: isConfirmed).run()
        default: break
        }
        let link = ControlLink(settings, configuration)
        defer { link.letGo() }
        let users = UserCommands(link: link)
        let channels = ChannelCommands(link: link)
        let invites = InviteCommands(link: link)
        switch command {
        case .listUsers: users.list()
        case .addUser(let name, let isAdministrator):
            users.add(name, isAdministrator: isAdministrator)
        case .setPassword(let user): users.setPassword(of: user)
        case .removeUser(let user): users.remove(user, isConfirmed: isConfirmed)
        case .rights(let user, let change): users.rights(of: user, change)
        case .revokeTokens(let user): users.revokeTokens(of: user)
        case .createInvite(let uses, let seconds): invites.create(uses, validForSeconds: seconds)
        case .listInvites: invites.list()
        case .removeInvite(let code): invites.remove(code)
        case .listChannels: channels.list()
        case .addChannel(let name, let parent, let description):
            channels.add(name, below: parent, description)
        case .removeChannel(let channel): channels.remove(channel, isConfirmed: isConfirmed)
        case .say(let channel, let words, let author):
            let text = words.isEmpty ? Person.input(bytesMax: 64 * 1024) : joined(words)
            channels.say(text, in: channel, as: author.map { users.find($0).id })
        case .backup, .restore: break
        }
    }

    private static func joined(_ words: [Bytes]) -> Bytes {
        let text = TextBuffer()
        for (index, word) in words.enumerated() {
            if index > 0 { text.append(" ") }
            text.append(word)
        }
        return permanent(text.bytes)
    }
}

/// Writes a table to standard output, or a line that says that it has no rows.
func show(_ table: TextTable, ifEmpty: StaticString) {
    guard !table.isEmpty else { return say(ifEmpty) }
    let out = TextBuffer()
    table.write(into: out)
    linux_write_all(1, out.bytes.base, UInt64(out.bytes.count))
}

/// Says in a line what was done to what.
func report(_ what: StaticString, _ name: Bytes) {
    var line = Line()
    line.add(what)
    line.add(name)
    line.print()
}

/// A number or a time as a cell of a table.
func cell(_ number: Int64) -> Bytes {
    let text = TextBuffer()
    text.append(number)
    return permanent(text.bytes)
}

func cell(time ms: Int64) -> Bytes { formatted(ms, "%Y-%m-%d %H:%M") }

/// A time in the local zone, by a format of `strftime`.
func formatted(_ ms: Int64, _ format: StaticString) -> Bytes {
    let memory = MutableBytes.allocate(64)
    let text = UnsafeMutableRawPointer(memory.base).assumingMemoryBound(to: CChar.self)
    let count = linux_format_time(ms, permanent(Bytes(format)).cString, text, 64)
    return memory.bytes.prefix(Int(count))
}
