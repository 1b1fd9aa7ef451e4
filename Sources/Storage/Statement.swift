import CSQLite
import Memory

/// A prepared statement: bound, stepped and reset over and over. It belongs to its
/// database, which finalizes it.
///
/// Bound text is borrowed until the statement is reset, so every execution binds all
/// parameters anew. A statement is not re-entrant: binding one that stands at a row is
/// refused by SQLite and stops the program here.
struct Statement {
    let handle: OpaquePointer

    func bind(_ index: Int32, _ value: Int64) {
        check(csqlite_bind_integer(handle, index, value))
    }

    func bind(_ index: Int32, _ value: Int64?) {
        if let value { bind(index, value) } else { check(csqlite_bind_null(handle, index)) }
    }

    func bind(_ index: Int32, text: Bytes) {
        check(csqlite_bind_text(handle, index, text.base, length(of: text)))
    }

    func bind(_ index: Int32, text: Bytes?) {
        if let text { bind(index, text: text) } else { check(csqlite_bind_null(handle, index)) }
    }

    func bind(_ index: Int32, blob: Bytes) {
        check(csqlite_bind_blob(handle, index, blob.base, length(of: blob)))
    }

    /// True if there is a row to read, false when the statement is done.
    func step() throws(StorageError) -> Bool {
        let code = csqlite_step(handle)
        if code == Int32(CSQLITE_ROW) { return true }
        if code == Int32(CSQLITE_DONE) { return false }
        throw StorageError(code: code)
    }

    func reset() { csqlite_reset(handle) }

    func integer(_ column: Int32) -> Int64 { csqlite_column_integer(handle, column) }

    func optionalInteger(_ column: Int32) -> Int64? {
        csqlite_column_is_null(handle, column) ? nil : integer(column)
    }

    /// The text or blob of a column, valid until the next step or reset.
    func bytes(_ column: Int32) -> Bytes {
        var count: Int32 = 0
        guard let base = csqlite_column_bytes(handle, column, &count) else { return .empty }
        return Bytes(base: base, count: Int(count))
    }

    func optionalBytes(_ column: Int32) -> Bytes? {
        csqlite_column_is_null(handle, column) ? nil : bytes(column)
    }

    private func length(of bytes: Bytes) -> Int32 {
        Int32(bytes.count)
    }

    private func check(_ code: Int32) { precondition(code == Int32(CSQLITE_OK)) }
}
