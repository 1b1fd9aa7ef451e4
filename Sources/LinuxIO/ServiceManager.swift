import CLinux
import Memory
import Model
import ServerCore

/// Tells the service manager how the server is doing (sd_notify(3)); silent if there is none.
public struct ServiceManager: ~Copyable {
    /// The longest datagram.
    private static let datagramBytes = 512

    private let descriptor: Int32
    private let datagram: MutableBytes
    /// How often a sign of life is given: twice as often as it is waited for.
    private let watchdogInterval: Milliseconds
    private var watchdogIsDueAt: Milliseconds

    public init() {
        descriptor = linux_notify_open()
        datagram = .allocate(ServiceManager.datagramBytes)
        let interval = Milliseconds(linux_watchdog_us() / 2_000)
        watchdogInterval = descriptor >= 0 && interval > 0 ? interval : .max
        watchdogIsDueAt = watchdogInterval == .max ? .max : 0
    }

    deinit {
        datagram.base.deallocate()
        if descriptor >= 0 { linux_close(descriptor) }
    }

    func isReady(_ handler: some TurnHandler) { send("READY=1") { writeStatus(of: handler, &$0) } }

    func isReloading() {
        send("RELOADING=1") { out in
            out.append("\nMONOTONIC_USEC=")
            out.appendDecimal(linux_monotonic_us())
        }
    }

    func isStopping() { send("STOPPING=1") { $0.append("\nSTATUS=stopping") } }

    /// What `systemctl status` shows meanwhile.
    func isFailing(_ status: StaticString) { send("STATUS=") { $0.append(status) } }

    // MARK: - The watchdog

    /// Milliseconds until the next sign of life; `.max` if none is waited for.
    func waitTime(at now: Milliseconds) -> Milliseconds {
        watchdogIsDueAt == .max ? .max : max(watchdogIsDueAt - now, 0)
    }

    /// True once in each interval: whoever asks sees whether all is well, and says so.
    mutating func asksForLife(at now: Milliseconds) -> Bool {
        guard now >= watchdogIsDueAt else { return false }
        watchdogIsDueAt = now + watchdogInterval
        return true
    }

    func isAlive(_ handler: some TurnHandler) {
        send("WATCHDOG=1") { writeStatus(of: handler, &$0) }
    }

    private func writeStatus(of handler: some TurnHandler, _ out: inout ByteWriter) {
        out.append("\nSTATUS=")
        handler.writeStatus(into: &out)
    }

    private func send(_ state: StaticString, _ more: (inout ByteWriter) -> Void) {
        guard descriptor >= 0 else { return }
        var out = ByteWriter(datagram)
        out.append(state)
        more(&out)
        // Nobody to hear it is no reason to stop.
        _ = linux_notify(descriptor, out.bytes.base, UInt64(out.count))
    }
}
