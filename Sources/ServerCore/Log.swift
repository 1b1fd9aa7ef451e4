import Memory
import Storage

/// Where the core's few lines go. No token, password or query string may be among them.
public struct Log {
    public enum Priority: Int {
        case error = 3
        case warning = 4
        case notice = 5
        case info = 6
    }

    private let write: (Priority, Bytes) -> Void

    public init(_ write: @escaping (Priority, Bytes) -> Void) { self.write = write }

    public func callAsFunction(_ priority: Priority, _ line: Bytes) { write(priority, line) }

    public func callAsFunction(_ priority: Priority, _ line: StaticString) {
        write(priority, Bytes(line))
    }

    func turnFailed(_ failure: TurnFailure) {
        switch failure {
        case .storage(let error): self(.error, error.explanation)
        case .ringFull:
            self(.error, "a change had more events than the ring takes in one turn (ring_bytes)")
        }
    }
}

/// Where random bytes come from: the kernel, or a seed in tests.
public struct RandomSource {
    private let source: (MutableBytes) -> Void

    public init(_ source: @escaping (MutableBytes) -> Void) { self.source = source }

    public func fill(_ bytes: MutableBytes) { source(bytes) }

    func number() -> UInt64 {
        var number: UInt64 = 0
        withUnsafeMutableBytes(of: &number) { memory in
            let base = memory.baseAddress!.assumingMemoryBound(to: UInt8.self)
            source(MutableBytes(base: base, count: memory.count))
        }
        return number
    }
}
