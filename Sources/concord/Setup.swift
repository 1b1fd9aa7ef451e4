import CLinux
import LinuxIO
import Memory
import Model
import ServerCore

/// `concord setup`: makes the settings' file and the data folder of a new server.
struct Setup {
    /// Settings that are asked for, where this program has them.
    private static var asked: [(key: StaticString, question: StaticString)] {
        [
            (key: "server_name", question: "Name of the server"),
            (key: "registration", question: "Who may make an account"),
            (key: "tls", question: "Encryption"),
        ]
    }

    private let loader: ConfigurationLoader
    private let configuration: Configuration
    private let answers = Answers()
    private let file: ConfigurationFile
    private var assignments: [ConfigurationFile.Assignment] = []

    static func run() -> Never {
        Options.check(alsoTaking: "--answers")
        let loader = Main.readSettings(makingFile: true)
        var setup = Setup(loader)
        setup.answerAll()
        linux_exit(ExitCode.success)
    }

    private init(_ loader: ConfigurationLoader) {
        self.loader = loader
        // Settings that do not go together may be what it was called to repair.
        configuration = Main.orRefused(loader.unjudged)
        file = ConfigurationFile(ConfigurationLoader.file)
    }

    /// Nothing is made before everything is answered.
    private mutating func answerAll() {
        refuseUnknownAnswers()
        if answers.canAsk { say("Return takes what stands in brackets; nothing is made before the end.\n") }
        let chosen = dataFolder()
        refuseIfUsed(chosen)
        let username = self.username()
        let password = self.password()
        for (key, question) in Setup.asked { answer(key, question) }
        if value(of: "tls") == "files" {
            answerFile("tls_certificate", "File of the certificate chain")
            answerFile("tls_key", "File of its private key")
        }
        takeOtherSettings()
        judgeTogether()
        let folder = makeFolder(chosen)
        file.write(assignments)
        makeData(in: folder, username, password)
        report(folder, username)
    }

    // MARK: - Answers

    private func refuseUnknownAnswers() {
        for answer in answers.fromFile {
            let isKnown =
                answer.key == "admin_name" || answer.key == Answers.passwordKey
                || loader.table.contains { answer.key == $0.key }
            if !isKnown { refuse { line in
                line.add("there is no answer \"")
                line.add(answer.key)
                line.add("\"; admin_name, admin_password and settings are")
            } }
        }
    }

    private func username() -> Bytes {
        let rule = configuration.options.limits.username
        func judge(_ text: Bytes) -> StaticString? {
            rule.violation(in: text)?.explanation ?? Usernames.objection(to: text)
        }
        let usual = Bytes(FirstStart.usualName)
        guard let name = answers.given("admin_name") else {
            guard answers.canAsk else { return usual }
            return answers.ask(
                "Administrator's name", form: .empty, proposing: usual, judge: judge)
        }
        if let objection = judge(name) {
            refuse { line in
                line.add("the administrator's name ")
                line.add(objection)
            }
        }
        return name
    }

    private func password() -> Bytes {
        let limits = configuration.options.limits
        func judge(_ text: Bytes) -> StaticString? {
            if text.count < limits.passwordBytesMin { return "is too short" }
            if text.count > limits.passwordBytesMax { return "is too long" }
            return UTF8Validator.isValid(text) ? nil : "is not UTF-8"
        }
        guard let password = answers.given(Answers.passwordKey) else {
            guard answers.canAsk else {
                refuse { line in
                    line.add("there is no terminal to ask for the administrator's password; give it ")
                    line.add("as admin_password in the file of --answers, or as ")
                    line.add("CONCORD_ADMIN_PASSWORD in the environment")
                }
            }
            return answers.askPassword(
                bytes: limits.passwordBytesMin...limits.passwordBytesMax, judge: judge)
        }
        if let objection = judge(password) {
            refuse { line in
                line.add("the administrator's password ")
                line.add(objection)
                line.add(": it takes ")
                line.add(limits.passwordBytesMin)
                line.add(" to ")
                line.add(limits.passwordBytesMax)
                line.add(" bytes (password_bytes_min, password_bytes_max)")
            }
        }
        return password
    }

    private func place(of key: StaticString) -> Int? {
        loader.table.firstIndex { Bytes($0.key) == Bytes(key) }
    }

    /// What a setting will be.
    private func value(of key: StaticString) -> Bytes {
        assignments.last { $0.key == Bytes(key) }?.value
            ?? place(of: key).map { loader.value(at: $0).text } ?? .empty
    }

    /// One setting; what is not answered stays as it is.
    private mutating func answer(_ key: StaticString, _ question: StaticString) {
        guard let place = place(of: key) else { return }
        let setting = loader.table[place]
        if let value = answers.given(key) { return assign(setting, value) }
        guard answers.canAsk else { return }
        let value = answers.ask(
            question, form: Bytes(setting.form), proposing: loader.value(at: place).text
        ) { text in
            var scratch = Configuration()
            return setting.apply(text, &scratch) ? nil : "is none of that"
        }
        assign(setting, value)
    }

    /// One that names a file: by its absolute path, for a server may be started anywhere.
    private mutating func answerFile(_ key: StaticString, _ question: StaticString) {
        guard let place = place(of: key) else { return }
        var path = answers.given(key)
        if path == nil, answers.canAsk {
            path = answers.ask(
                question, form: .empty, proposing: loader.value(at: place).text
            ) { linux_file_mode(permanent($0).cString) < 0 ? "is not there" : nil }
        }
        if let path { assign(loader.table[place], Setup.absolute(path)) }
    }

    /// A link in it stays one: it may lead elsewhere tomorrow.
    private static func absolute(_ path: Bytes) -> Bytes {
        let memory = MutableBytes.allocate(4_096)
        let count = linux_real_path(".", memory.base, UInt64(memory.count))
        guard !path.isEmpty, path[0] != UInt8(ascii: "/"), count > 0 else { return path }
        var out = ByteWriter(.allocate(Int(count) + 1 + path.count))
        out.append(memory.bytes.prefix(Int(count)))
        out.append("/")
        out.append(path)
        return out.bytes
    }

    /// Ends the process, before anything is made, if a server would not start with the answers.
    private func judgeTogether() {
        var answered = loader
        Main.check(Main.orRefused { () throws(ConfigurationError) in
            for each in assignments {
                try answered.set(each.key, to: each.value, from: .answer)
            }
            return try answered.configuration()
        })
    }

    private mutating func takeOtherSettings() {
        for answer in answers.fromFile where !assignments.contains(where: { $0.key == answer.key }) {
            guard let setting = loader.table.first(where: { answer.key == $0.key }) else { continue }
            // Where the same is said twice, the last counts.
            let value = answers.fromFile.last { $0.key == answer.key }?.value ?? answer.value
            assign(setting, value)
        }
    }

    private mutating func assign(_ setting: Setting, _ value: Bytes) {
        var scratch = Configuration()
        var isOneLine = true
        for index in 0..<value.count where value[index] < 0x20 { isOneLine = false }
        guard isOneLine, setting.apply(permanent(value), &scratch) else {
            refuse { line in
                line.add(setting.key)
                line.add(" = \"")
                line.add(value)
                line.add("\" is not ")
                line.add(setting.form)
            }
        }
        assignments.append(ConfigurationFile.Assignment(key: Bytes(setting.key), value: value))
    }

    // MARK: - The data

    /// Where an installed server keeps its data.
    private static let usualFolder: StaticString = "/var/lib/concord"

    private func dataFolder() -> Bytes {
        if let folder = answers.given("data") { return permanent(folder) }
        guard let place = place(of: "data"), answers.canAsk, case .builtIn = loader.value(at: place).source else {
            return permanent(configuration.dataFolder)
        }
        let proposal = linux_is_root() != 0 ? Bytes(Setup.usualFolder) : configuration.dataFolder
        return permanent(
            answers.ask("Folder for the data", form: .empty, proposing: proposal) {
                $0.count < 4_000 ? nil : "is too long"
            })
    }

    /// Its absolute path, which is what is written: a server may be started anywhere.
    private mutating func makeFolder(_ folder: Bytes) -> Bytes {
        let result = linux_make_folder(folder.cString)
        guard result == 0 else {
            fail("cannot make the data folder ", folder, SystemError(result))
        }
        let memory = MutableBytes.allocate(4_096)
        let count = linux_real_path(folder.cString, memory.base, UInt64(memory.count))
        guard count > 0 else { fail("cannot find ", folder, SystemError(count)) }
        let absolute = memory.bytes.prefix(Int(count))
        assignments.removeAll { $0.key == "data" }
        if let setting = loader.table.first(where: { Bytes($0.key) == "data" }) {
            assign(setting, absolute)
        }
        return absolute
    }

    private func refuseIfUsed(_ folder: Bytes) {
        guard linux_file_mode(permanent(folder, "/concord.db").cString) >= 0 else { return }
        exit(ExitCode.failure) { line in
            line.add(folder)
            line.add(" holds a server's data already, which setup leaves alone. To change settings, edit ")
            line.add(file.path)
            line.add("; for a second server, name another folder with --data DIR and --config FILE")
        }
    }

    /// As the folder's owner, who will run the server.
    private func makeData(in folder: Bytes, _ username: Bytes, _ password: Bytes) {
        let result = linux_become_owner_of(folder.cString)
        if result < 0 { fail("cannot act as the owner of ", folder, SystemError(result)) }
        var written = Setup.reread()
        written.dataFolder = folder
        var serve = Serve(loader, written)
        serve.makeData(username: username, password: password)
    }

    /// The settings as they are now that the file is written.
    private static func reread() -> Configuration {
        Main.configuration(Main.readSettings())
    }

    private func report(_ folder: Bytes, _ username: Bytes) {
        var line = Line()
        line.add("settings: ")
        line.add(file.path)
        if file.exists {
            line.add(" (as it was: ")
            line.add(permanent(file.path, ConfigurationFile.backupSuffix))
            line.add(")")
        }
        line.add("\ndata:     ")
        line.add(folder)
        line.add(", with the administrator ")
        line.add(username)
        line.add("\nstart it: concord serve")
        if Options.value(of: "--config") != nil {
            line.add(" --config ")
            line.add(file.path)
        } else {
            line.add("\n      or: sudo systemctl restart concord")
        }
        line.print()
    }

    private func refuse(_ compose: (inout Line) -> Void) -> Never {
        exit(ExitCode.configuration, compose)
    }
}
