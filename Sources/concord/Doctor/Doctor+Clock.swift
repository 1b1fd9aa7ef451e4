import CLinux
import LinuxIO
import Memory

// Whether the clock is set. The server does without, but people read its times, and
// certificates are judged by them.
extension Doctor {
    func examineClock() {
        guard linux_wall_ms() >= Main.releasedAt else {
            return findings.repair("clock") { line in
                line.add("it stands before this version was made: it was never set")
            } with: { $0.add("sudo timedatectl set-ntp true; without a network: sudo date -s …") }
        }
        guard isSynchronized else {
            return findings.advise("clock") { $0.add("nothing keeps it right") } better: {
                $0.add("sudo timedatectl set-ntp true")
            }
        }
        findings.good("clock") { $0.add("set, and kept right") }
    }

    private var isSynchronized: Bool {
        // systemd-timesyncd leaves this file once it has heard a time server.
        if tree.exists(Bytes("/run/systemd/timesync/synchronized")) { return true }
        return tree.isThisMachine && linux_clock_is_synchronized() == 1
    }
}
