import CLinux
import Memory
import ServerCore

/// What the machine can give.
enum Machine {
    /// Descriptors beside the peers': listeners, the control socket, the database's, epoll.
    private static let otherDescriptors = 32

    /// Refuses what the board cannot give, before anything is allocated.
    static func check(_ plan: MemoryPlan, _ configuration: Configuration) {
        // On a 32-bit board there may be more than one process can have.
        let available = min(linux_available_bytes(), Int64(Int.max))
        if available > 0, plan.total > available {
            exit(ExitCode.configuration) { line in
                line.add("the memory plan of ")
                line.add(bytes: plan.total)
                line.add(" is more than the ")
                line.add(bytes: available)
                line.add(" that are free; lower connections, input_buffers or ws_message_bytes")
            }
        }
        let needed = configuration.options.peersMax + otherDescriptors
        let limit = linux_raise_descriptor_limit(Int64(needed))
        if limit < Int64(needed) {
            exit(ExitCode.configuration) { line in
                line.add("connections = ")
                line.add(configuration.options.connections)
                line.add(" needs ")
                line.add(needed)
                line.add(" open files, but the system allows ")
                line.add(limit)
                line.add("; raise it (ulimit -n) or lower connections")
            }
        }
    }
}
