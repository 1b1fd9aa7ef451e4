import Memory

/// Owned bytes for tests, lent out as views until the variable's scope ends.
///
/// The views come from mutating accessors, which only a variable has: a view of a temporary,
/// whose memory would be gone before the view is used, does not compile. Freed memory is what
/// lets the address sanitizer see that a decoder kept a pointer.
public struct OwnedBytes: ~Copyable {
    private let memory: MutableBytes

    public init(_ content: [UInt8]) { memory = copied(content) }

    public init(_ text: String) { self.init(Array(text.utf8)) }

    deinit { memory.base.deallocate() }

    public var mutable: MutableBytes { mutating get { memory } }

    public var bytes: Bytes { mutating get { memory.bytes } }
}

/// Lends bytes out for the time of a call, and not longer.
public func withBytes<Value>(
    _ content: [UInt8], _ body: (Bytes) throws -> Value
) rethrows -> Value {
    var owned = OwnedBytes(content)
    return try body(owned.bytes)
}

public func withBytes<Value>(_ text: String, _ body: (Bytes) throws -> Value) rethrows -> Value {
    try withBytes(Array(text.utf8), body)
}

/// A view that stays valid for as long as the tests run, for inputs that are small and few.
public func lend(_ content: [UInt8]) -> Bytes { copied(content).bytes }

public func lend(_ text: String) -> Bytes { lend(Array(text.utf8)) }

private func copied(_ content: [UInt8]) -> MutableBytes {
    let memory = MutableBytes.allocate(content.count)
    for (index, byte) in content.enumerated() { memory[index] = byte }
    return memory
}

extension Array where Element == UInt8 {
    public init(_ bytes: Bytes) { self = (0..<bytes.count).map { bytes[$0] } }
}

extension String {
    public init(_ bytes: Bytes) { self = String(decoding: [UInt8](bytes), as: UTF8.self) }
}
