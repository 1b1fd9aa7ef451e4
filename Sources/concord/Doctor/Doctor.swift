import CLinux
import LinuxIO
import Memory
import Storage

/// `concord doctor`: whether this machine and this server do well together, on one screen. Each
/// finding says what repairs it.
struct Doctor {
    /// Whether a server has the data folder.
    enum Use {
        case nobody
        case byServer
    }

    let configuration: Configuration
    let tree: MachineTree
    let use: Use
    let findings = Findings()

    static func run() -> Never {
        Options.check(alsoTaking: "--root")
        let configuration = Main.configuration(Main.readSettings())
        let doctor = Doctor(configuration, MachineTree(root: Options.value(of: "--root")))
        doctor.examine()
        linux_exit(doctor.findings.needsRepair ? ExitCode.failure : ExitCode.success)
    }

    private init(_ configuration: Configuration, _ tree: MachineTree) {
        self.configuration = configuration
        self.tree = tree
        let lock = permanent(configuration.dataFolder, "/concord.db-lock")
        use = linux_is_locked(lock.cString) == 1 ? .byServer : .nobody
    }

    private func examine() {
        examineBoard()
        examineMemory()
        examinePower()
        examineClock()
        examineWireless()
        examinePorts()
        examineFirewall()
        examineName()
        examineData()
        examineCertificates()
    }
}

extension Line {
    /// The command that changes a setting: of what the file says twice, the last counts.
    mutating func addChange(_ compose: (inout Line) -> Void) {
        add("echo '")
        compose(&self)
        add("' | sudo tee -a ")
        add(ConfigurationLoader.file)
        add(" && sudo systemctl restart concord")
    }
}
