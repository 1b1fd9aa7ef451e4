import CLinux
import LinuxIO
import Memory

// The board: what it is, its memory, its power.
extension Doctor {
    func examineBoard() {
        let model =
            tree.text(Bytes("/proc/device-tree/model")) ?? tree.text(Bytes("/sys/class/dmi/id/product_name"))
        let build = Bytes(cString: linux_build_architecture())
        func describe(_ line: inout Line) {
            line.add(model ?? Bytes("no model named"))
            line.add(", ")
            line.add(machine)
            line.add("; this build is for ")
            line.add(build)
        }
        guard !isNative(build) else { return findings.good("board", describe) }
        guard runs(build) else {
            return findings.repair("board", describe, with: addInstallation)
        }
        findings.advise("board", describe) { line in
            line.add("the ")
            line.add(bestBuild)
            line.add(" build is faster here: ")
            addInstallation(to: &line)
        }
    }

    /// The command that puts the right build, as `make boards` names it, in this one's place.
    private func addInstallation(to line: inout Line) {
        line.add("sudo install concord-")
        line.add(bestBuild)
        line.add(" ")
        let memory = MutableBytes.allocate(4_096)
        let count = linux_real_path("/proc/self/exe", memory.base, UInt64(memory.count))
        line.add(count > 0 ? memory.bytes.prefix(Int(count)) : Bytes("/usr/bin/concord"))
    }

    /// As the kernel names it.
    private var machine: Bytes {
        if let told = tree.text(Bytes("/proc/sys/kernel/arch")), !tree.isThisMachine { return told }
        return tree.isThisMachine ? Bytes(cString: linux_machine()) : Bytes("unknown")
    }

    /// The build that suits the machine best; what is not known is taken to be right.
    private var bestBuild: Bytes {
        switch machine {
        case "aarch64": Bytes("arm64")
        // One package serves every 32-bit Pi: the build for the oldest is good on all of them.
        case "armv7l", "armv6l": Bytes("armv6")
        case "x86_64": Bytes("amd64")
        case "riscv64": machine
        default: Bytes(cString: linux_build_architecture())
        }
    }

    private func isNative(_ build: Bytes) -> Bool {
        build == bestBuild || (build == "armv7" && machine == "armv7l")
    }

    /// A 64-bit board runs 32-bit programs as well.
    private func runs(_ build: Bytes) -> Bool {
        machine == "aarch64" && (build == "armv6" || build == "armv7")
    }

    // MARK: - Memory

    func examineMemory() {
        let plan = Int64(memoryPlan(configuration).total)
        guard let all = memory("MemTotal:"), let free = memory("MemAvailable:") else {
            return findings.good("memory") { line in
                line.add("the plan is ")
                line.add(bytes: plan)
                line.add(" at most; this system does not say what it has")
            }
        }
        func describe(_ line: inout Line) {
            line.add("the plan is ")
            line.add(bytes: plan)
            line.add(" at most; ")
            line.add(bytes: free)
            line.add(" of ")
            line.add(bytes: all)
            line.add(" are free")
        }
        let room = use == .byServer ? all : free
        if plan > room {
            findings.repair("memory", describe, with: addSmallerProfile)
        } else if plan > all / 2 {
            findings.advise("memory", describe) { line in
                line.add("that is more than half of it; a smaller profile leaves more to the rest: ")
                addSmallerProfile(to: &line)
            }
        } else {
            findings.good("memory", describe)
        }
    }

    private func addSmallerProfile(to line: inout Line) {
        line.addChange { $0.add("profile = zero") }
        line.add(" (or a lower connections)")
    }

    /// A line of /proc/meminfo, in bytes.
    private func memory(_ name: StaticString) -> Int64? {
        var lines = Lines(tree.text(Bytes("/proc/meminfo")) ?? .empty)
        while let line = lines.next() {
            let words = line.words
            guard words.count >= 2, words[0] == Bytes(name) else { continue }
            return decimalInteger(words[1]).map { $0 * 1_024 }
        }
        return nil
    }

    // MARK: - Power

    /// Bits of get_throttled, as the firmware documents them; those above 16 say that it happened
    /// since the start.
    private enum Throttling {
        static let underVoltage = 1
        static let slowed = 0b1110
        static let underVoltageBefore = 1 << 16
        static let slowedBefore = 0b1110 << 16
    }

    func examinePower() {
        if let bits = throttling {
            examineThrottling(bits)
        } else if let alarm = voltageAlarm {
            alarm
                ? repairPower { $0.add("the voltage is too low") }
                : findings.good("power") { $0.add("the voltage is as it should be") }
        } else {
            findings.good("power") { $0.add("the board does not tell") }
        }
    }

    private func examineThrottling(_ bits: Int) {
        if bits & Throttling.underVoltage != 0 {
            repairPower { $0.add("the voltage is too low now, which corrupts SD cards") }
        } else if bits & Throttling.slowed != 0 {
            findings.repair("power") { $0.add("the board slows itself down: it is too hot") } with: {
                $0.add("give it air or a heat sink; then look: vcgencmd measure_temp")
            }
        } else if bits & Throttling.underVoltageBefore != 0 {
            repairPower { $0.add("the voltage was too low since the start") }
        } else if bits & Throttling.slowedBefore != 0 {
            findings.advise("power") { $0.add("the board was too hot since the start") } better: {
                $0.add("give it air or a heat sink; then look: vcgencmd measure_temp")
            }
        } else {
            findings.good("power") { $0.add("neither low voltage nor throttling since the start") }
        }
    }

    private func repairPower(_ compose: (inout Line) -> Void) {
        findings.repair("power", compose) { line in
            line.add("use the power supply made for this board and a short cable; then: sudo reboot")
        }
    }

    /// What the Raspberry Pi's firmware driver tells; its place differs from board to board.
    private var throttling: Int? {
        let platform = Bytes("/sys/devices/platform")
        for bus in tree.names(in: platform) where bus.starts(with: "soc") {
            if let bits = tree.text(platform, bus, Bytes("get_throttled"))?.hexadecimal { return bits }
            for device in tree.names(in: platform, bus) {
                let text = tree.text(platform, bus, device, Bytes("get_throttled"))
                if let bits = text?.hexadecimal { return bits }
            }
        }
        return nil
    }

    private var voltageAlarm: Bool? {
        let folder = Bytes("/sys/class/hwmon")
        for sensor in tree.names(in: folder) {
            guard tree.text(folder, sensor, Bytes("name")) == Bytes("rpi_volt") else { continue }
            return tree.text(folder, sensor, Bytes("in0_lcrit_alarm")).map { !($0 == "0") }
        }
        return nil
    }
}
