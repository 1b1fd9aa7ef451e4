import CDescriptions
import CLinux
import Crypto
import LinuxIO
import Memory
import Model
import ServerCore
import Storage

/// Everything that the process will allocate, of our own and of SQLite's.
func memoryPlan(_ configuration: Configuration) -> MemoryPlan {
    var plan = MemoryPlan()
    configuration.options.plan(into: &plan)
    plan.add("store", bytesEach: Store.ownBytes(configuration.store))
    plan.add("sockets", bytesEach: EventLoop<Server>.bytes(connections: configuration.options.peersMax))
    if configuration.tls != .off {
        plan.add("certificates", bytesEach: TLSIdentity.bytes(configuration.tls))
    }
    plan.add("SQLite, at most", bytesEach: configuration.store.heapBytesMax)
    return plan
}

func printPlan(_ plan: MemoryPlan) {
    var total = Line()
    total.add("memory plan: ")
    total.add(bytes: plan.total)
    total.add(" at most")
    total.print()
    for index in 0..<plan.count {
        let entry = plan[index]
        var line = Line()
        line.add("  ")
        line.add(entry.name)
        line.pad(to: 22)
        if entry.count > 1 {
            line.add(entry.count)
            line.add(" x ")
            line.add(entry.bytesEach)
            line.add(" bytes")
        }
        line.pad(to: 46)
        line.add(bytes: entry.bytes)
        line.print()
    }
}

/// `concord serve`: from settings to a running loop, in the order in which things can fail.
struct Serve {
    private let loader: ConfigurationLoader
    private var configuration: Configuration
    private let log = makeLog()

    init(_ loader: ConfigurationLoader, _ configuration: Configuration) {
        self.loader = loader
        var configuration = configuration
        let board = BoardSpeed.measure()
        configuration.options.passwordRounds = configuration.passwordRounds ?? board.roundsAffordable
        configuration.options.passwordRoundsPerSlice = board.roundsPerMillisecond
        self.configuration = configuration
    }

    mutating func run() -> Int32 {
        // First of all, so that a signal is orderly from here on.
        let signals = linux_signals_open()
        if signals < 0 { fail("cannot watch for signals", .empty, SystemError(signals)) }
        linux_keep_files_private()
        InitialPassword.checkGiven(configuration.options.limits)
        let chosenKey = TokenKeyFile.chosen(configuration)
        let folder = configuration.dataFolder
        let result = linux_make_folder(folder.cString)
        if result < 0 { fail("cannot make the data folder ", folder, SystemError(result)) }
        warnOfOpenFolder()
        warnOfWrongClock()
        let store = openStore()
        rememberLimits(store)
        let plan = memoryPlan(configuration)
        printPlan(plan)
        Machine.check(plan, configuration)
        let tls = TLSIdentity(configuration, log)
        let listeners = Listeners(configuration)
        let control = ControlSocket.listen(in: folder, log)
        if configuration.redirectsToTLS {
            configuration.options.redirectPort = listeners.port(.https)
        }
        let key = chosenKey ?? TokenKeyFile.made(in: folder)
        let trust = TrustInstructions(tls?.local, listeners)
        let server = makeServer(store, key, trust)
        firstStart(server)
        InitialPassword.forgetGiven()
        server.start(at: linux_monotonic_ms())
        let reload = reloading(server)
        if let tls {
            let secure = tls.secure(server, log)
            run(secure, listeners, control, signals, trust) {
                reload()
                secure.renewIdentity()
            }
        } else {
            run(server, listeners, control, signals, reload: reload)
        }
        // Kept or not: nobody waits for it any more.
        try? server.finish()
        ControlSocket.remove(in: folder)
        store.close()
        log(.notice, "stopped")
        return ExitCode.success
    }

    /// All goes on, but with times that nobody will understand.
    private func warnOfWrongClock() {
        let clock = linux_wall_ms()
        guard clock < Main.releasedAt || clock > IdentifierClock.latest else { return }
        log(
            .warning,
            "the clock of this machine is wrong, and so are the times of what is written: see timedatectl")
    }

    /// Whoever may write there may put other keys in the place of the server's.
    private func warnOfOpenFolder() {
        let mode = linux_file_mode(configuration.dataFolder.cString)
        guard mode >= 0, mode & 0o022 != 0 else { return }
        var line = Line()
        line.add("other users of this machine may write to the data folder, and so replace the server's")
        line.add(" keys; close it: chmod 700 ")
        line.add(configuration.dataFolder)
        line.log(.warning, log)
    }

    private func run<Handler: TurnHandler>(
        _ handler: Handler, _ listeners: Listeners, _ control: Int32?, _ signals: Int32,
        _ trust: TrustInstructions? = nil, reload: @escaping () -> Void
    ) {
        // On a terminal SIGHUP says that the terminal is gone, and whoever looks at it.
        let isWatched = linux_is_terminal(0) != 0
        do {
            var loop = try EventLoop(
                handler, listeners: listeners.all, control: control, signals: signals,
                connections: configuration.options.peersMax, log: log,
                reload: isWatched ? nil : reload)
            listeners.announce()
            trust?.announce()
            linux_release_program_pages()
            try loop.run()
        } catch {
            fail("the event loop failed", .empty, error)
        }
    }

    /// What `concord setup` needs of it: a new data folder gets its first administrator.
    mutating func makeData(username: Bytes, password: Bytes) {
        linux_keep_files_private()
        let chosenKey = TokenKeyFile.chosen(configuration)
        let store = openStore()
        rememberLimits(store)
        let server = makeServer(store, chosenKey ?? TokenKeyFile.made(in: configuration.dataFolder))
        do {
            try server.perform(
                FirstStart(
                    communityName: configuration.communityName, username: username,
                    password: password),
                at: linux_wall_ms())
        } catch {
            exit(ExitCode.failure) { line in
                line.add("the data cannot be made: ")
                line.add(error.explanation)
            }
        }
        store.close()
    }

    private func reloading(_ server: Server) -> () -> Void {
        let reloader = Reloader(server, loader, configuration, log)
        return { reloader.reload() }
    }

    /// What is stored under larger limits than today's must still fit the buffers.
    mutating func rememberLimits(_ store: Store) {
        do {
            let longest = Int64(configuration.options.limits.eventBytesMax)
            configuration.options.storedEventBytes = Int(
                try store.raiseMark("longest event", to: longest))
            while configuration.options.ringBytes < configuration.options.ringBytesMin {
                configuration.options.ringBytes *= 2
            }
        } catch {
            exit(ExitCode.failure) { line in
                line.add("cannot write the database: ")
                line.add(error.explanation)
            }
        }
    }

    private func openStore() -> Store {
        Replacement.settle(in: configuration.dataFolder)
        DamagedLog.setAside(in: configuration.dataFolder, log)
        let path = permanent(configuration.dataFolder, "/concord.db")
        do {
            return try Store(path: path.cString, options: configuration.store)
        } catch {
            exit(ExitCode.failure) { line in
                line.add("cannot open the database ")
                line.add(path)
                line.add(": ")
                line.add(error.explanation)
            }
        }
    }

    func makeServer(
        _ store: Store, _ key: TokenKey, _ trust: TrustInstructions? = nil
    ) -> Server {
        do {
            return try Server(
                store: store, options: configuration.options, tokenKey: key,
                random: RandomSource { linux_random($0.base, UInt64($0.count)) }, log: log,
                gauges: Gauges(
                    microseconds: { linux_monotonic_us() },
                    residentBytes: { Int(linux_resident_bytes()) }),
                descriptions: .ofThisProgram, page: .ofThisProgram, trustPage: trust?.page,
                forgetInitialPassword: { [file = InitialPassword.file(in: configuration.dataFolder)] in
                    _ = linux_remove_file(file.cString)
                })
        } catch {
            exit(ExitCode.failure) { line in
                line.add("cannot read the database: ")
                line.add(error.explanation)
            }
        }
    }

    private func firstStart(_ server: Server) {
        do {
            guard try server.isFirstStart() else { return }
            let password = InitialPassword(folder: configuration.dataFolder)
            password.show()
            try server.perform(
                FirstStart(
                    communityName: configuration.communityName, username: password.username,
                    password: password.text),
                at: linux_wall_ms())
        } catch {
            exit(ExitCode.failure) { line in
                line.add("the first start failed: ")
                line.add(error.explanation)
            }
        }
    }
}

extension Descriptions {
    static var ofThisProgram: Descriptions {
        Descriptions(
            openAPI: Bytes(
                base: descriptions_openapi_text(), count: Int(descriptions_openapi_count)),
            asyncAPI: Bytes(
                base: descriptions_asyncapi_text(), count: Int(descriptions_asyncapi_count)))
    }
}

/// How fast this board hashes.
struct BoardSpeed {
    let roundsPerMillisecond: Int

    /// PBKDF2 rounds for a login of about two seconds: OWASP's 600,000 where the board
    /// manages them, never under 100,000.
    var roundsAffordable: Int {
        let step = 50_000
        return min(max(roundsPerMillisecond * 2_000 / step * step, 100_000), 600_000)
    }

    static func measure() -> BoardSpeed {
        let rounds = 2_000
        var best: Int64 = .max
        for _ in 0..<2 {
            let start = linux_monotonic_us()
            var work = PasswordDerivation(
                password: Bytes("measure"), salt: Bytes("the board"), rounds: rounds)
            while !work.advance(rounds: rounds) {}
            best = min(best, max(linux_monotonic_us() - start, 1))
        }
        return BoardSpeed(roundsPerMillisecond: max(rounds * 1_000 / Int(best), 10))
    }
}
