import Memory
import Model

/// How often peers gave way because a pool was empty. The log says so at once, then at most once a
/// minute for each pool, with the number since the last line.
struct Shortages {
    enum Pool: Int, CaseIterable {
        case connections, inputs, outputs
    }

    private static let interval: Milliseconds = 60_000

    private var counts = InlineArray<3, Int>(repeating: 0)
    private var dueAt = InlineArray<3, Milliseconds>(repeating: 0)
    private(set) var isPending = false

    mutating func note(_ pool: Pool) {
        counts[pool.rawValue] += 1
        isPending = true
    }

    /// Logs what is due; `memory` is for the line.
    mutating func report(to log: Log, now: Milliseconds, in memory: MutableBytes) {
        isPending = false
        for index in 0..<counts.count where counts[index] > 0 {
            guard now >= dueAt[index], let pool = Pool(rawValue: index) else {
                isPending = true
                continue
            }
            var line = ByteWriter(memory)
            line.append(Shortages.text(pool))
            line.appendDecimal(counts[index])
            log(.warning, line.bytes)
            counts[index] = 0
            dueAt[index] = now + Shortages.interval
        }
    }

    private static func text(_ pool: Pool) -> StaticString {
        switch pool {
        case .connections: "no free connection (connections, connections_per_address); silent peers disconnected: "
        case .inputs: "no free input buffer (input_buffers); slow requests ended: "
        case .outputs: "no free output buffer (output_buffers); slow readers disconnected: "
        }
    }
}
