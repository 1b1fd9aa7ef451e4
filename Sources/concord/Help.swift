import Memory

enum Help {
    static func show() {
        say(
            """
            concord: a chat server in one file

              concord serve [--listen ADDR:PORT]... [--data DIR] [--config FILE] [--set KEY=VALUE]...
                  starts the server; a new data folder gets an administrator and a first channel
              concord check-config [the same options]
                  says whether the settings are right, and what memory they ask for
              concord plan [--profile zero|small|large] [the same options]
                  prints what memory these settings ask for
              concord help settings
                  lists every setting
              concord version

            Settings come from the built-in defaults, then /etc/concord/concord.conf (or --config),
            then the environment (CONCORD_<KEY>), then the command line; the last one wins.
            SIGHUP has a server read again those that `help settings` marks.
            CONCORD_ADMIN_PASSWORD sets the first administrator's password.
            """)
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
