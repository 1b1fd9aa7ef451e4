import Memory

/// Text that grows. A command of the terminal ends soon and may allocate; the server never does
/// so.
public final class TextBuffer {
    private var memory: MutableBytes
    private var count = 0

    public init() { memory = .allocate(4_096) }

    deinit { TextBuffer.release(memory) }

    /// There may have been a password in it.
    private static func release(_ memory: MutableBytes) {
        for index in 0..<memory.count { memory[index] = 0 }
        memory.base.deallocate()
    }

    /// Valid until more is appended.
    public var bytes: Bytes { memory.bytes.prefix(count) }

    public func append(_ text: Bytes) {
        reserve(text.count)
        memory.copy(text, at: count)
        count += text.count
    }

    public func append(_ text: StaticString) { append(Bytes(text)) }

    public func append(_ byte: UInt8) {
        reserve(1)
        memory[count] = byte
        count += 1
    }

    public func append(_ number: Int64) {
        reserve(20)
        var out = ByteWriter(memory.dropFirst(count))
        out.appendDecimal(number)
        count += out.count
    }

    private func reserve(_ more: Int) {
        guard memory.count - count < more else { return }
        let larger = MutableBytes.allocate(max(2 * memory.count, count + more))
        larger.copy(bytes, at: 0)
        TextBuffer.release(memory)
        memory = larger
    }
}
