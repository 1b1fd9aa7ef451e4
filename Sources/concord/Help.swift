import Administration
import CLinux
import Memory

enum Help {
    private static let text: StaticString = """
        concord: a chat server in one file

          concord serve [--listen ADDR:PORT]... [--data DIR] [--config FILE] [--set KEY=VALUE]...
              starts the server; a new data folder gets an administrator and a first channel
          concord setup [--answers FILE] [the same options]
              asks for what a new server needs, and makes its settings and its data; without a
              terminal the answers come from FILE or the environment: admin_name, admin_password
              (CONCORD_ADMIN_NAME, CONCORD_ADMIN_PASSWORD) and any setting
          concord doctor [the same options]
              looks at the machine and the data, and says what repairs what it finds; --root DIR
              reads the machine's own files (/proc, /sys, /etc, /run) below DIR
          concord check-config [the same options]
              says whether the settings are right, and what memory they ask for
          concord plan [--profile zero|small|large] [the same options]
              prints what memory these settings ask for
          concord tls show [the same options]
              says whom devices have to trust, and compares: fingerprints, names, dates
          concord help settings
              lists every setting
          concord version [--verbose]
              with --verbose also the libraries inside

        On the same data (--data, --config, --set as above), whether the server runs or not:

          concord user list
          concord user add NAME [--admin]
          concord user passwd USER
          concord user remove USER [--yes]
          concord user rights USER [admin|no-admin] [RIGHT=yes|no|default|NUMBER]...
          concord token revoke USER
          concord invite create [--uses NUMBER] [--for 12h|7d|4w]
          concord invite list
          concord invite remove CODE
          concord channel list
          concord channel add NAME [--parent CHANNEL] [--description TEXT]
          concord channel remove CHANNEL [--yes]
          concord say CHANNEL [TEXT] [--as USER]
              without a text it is read from standard input; without a user the oldest
              administrator says it
          concord backup FILE
              all data in one new file, verified
          concord restore FILE [--yes]
              while the server is stopped; keeps the old data beside

        A password is asked for, or read from the first line of standard input. USER and CHANNEL
        are names or ids. Words behind -- are no options.

        Settings come from the built-in defaults, then /etc/concord/concord.conf (or --config),
        then the environment (CONCORD_<KEY>), then the command line; the last one wins.
        SIGHUP has a server read again those that `help settings` marks.
        CONCORD_ADMIN_NAME and CONCORD_ADMIN_PASSWORD say who the first administrator is.
        """

    static func show() { say(text) }

    /// Shows the lines about one command; false if there is no such command.
    static func show(_ command: Bytes) -> Bool {
        var lines = Lines(Bytes(text))
        let out = TextBuffer()
        var isOfIt = false
        while let line = lines.next() {
            if line.starts(with: usage) {
                isOfIt = word(line.dropFirst(usage.utf8CodeUnitCount)) == command
            } else if !line.starts(with: "      ") {
                isOfIt = false
            }
            guard isOfIt else { continue }
            out.append(line)
            out.append("\n")
        }
        guard !out.bytes.isEmpty else { return false }
        linux_write_all(1, out.bytes.base, UInt64(out.bytes.count))
        return true
    }

    private static let usage: StaticString = "  concord "

    private static func word(_ text: Bytes) -> Bytes {
        text.prefix(text.firstIndex(of: UInt8(ascii: " ")) ?? text.count)
    }

    static func showSettings() {
        for setting in settingsTable() {
            var line = Line()
            line.add(setting.key)
            line.add(" = ")
            line.add(setting.defaultValue)
            line.pad(to: 40)
            line.add(setting.form)
            line.print()
            var summary = Line()
            summary.add("    ")
            summary.add(setting.summary)
            if case .atReload = setting.takesEffect { summary.add(" (SIGHUP)") }
            summary.print()
        }
    }
}
