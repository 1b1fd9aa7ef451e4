import Memory

/// Bytes that stay where they are until the tests end.
func lent(_ content: [UInt8]) -> Bytes {
    let memory = MutableBytes.allocate(content.count)
    for (index, byte) in content.enumerated() { memory[index] = byte }
    return memory.bytes
}

func lent(_ text: String) -> Bytes { lent(Array(text.utf8)) }
