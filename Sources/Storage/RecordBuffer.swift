import Memory

/// Memory for the text of one record that outlives its statement, so that the statement
/// can be reset at once and holds no snapshot of the database open.
///
/// Only as much of it becomes resident as the longest record has needed.
final class RecordBuffer {
    private var text = ByteWriter(.allocate(Store.recordBytesMax))

    /// Starts the next record: the text of the one before is no longer valid.
    func begin() { text.removeAll() }

    /// A copy of `bytes` that stands until the next `begin`.
    func keep(_ bytes: Bytes) throws(StorageError) -> Bytes {
        let start = text.count
        text.append(bytes)
        guard !text.overflowed else { throw .recordTooLong }
        return text.bytes.dropFirst(start)
    }

    func keep(_ bytes: Bytes?) throws(StorageError) -> Bytes? {
        guard let bytes else { return nil }
        return try keep(bytes) as Bytes
    }
}
