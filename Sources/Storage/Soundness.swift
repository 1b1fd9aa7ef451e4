import CSQLite
import Memory

/// Whether a database file is whole, as far as a look at it can tell.
public enum Soundness {
    /// Looks through the file (quick_check) without changing anything, also while a server runs
    /// on it; the first fault that is found, or nil. Takes as long as reading the file.
    public static func fault(
        of path: UnsafePointer<CChar>, heapBytesMax: Int, visit: (_ fault: Bytes?) -> Void
    ) throws(StorageError) {
        try check(csqlite_configure(Int64(heapBytesMax)))
        var opened: OpaquePointer?
        try check(csqlite_open_unnoticed(path, &opened))
        defer { _ = csqlite_close(opened) }
        var prepared: OpaquePointer?
        let sql = Bytes("PRAGMA quick_check(1)")
        try check(csqlite_prepare(opened, sql.base, Int32(sql.count), &prepared))
        defer { _ = csqlite_finalize(prepared) }
        guard let prepared else { throw .damaged }
        let statement = Statement(handle: prepared)
        guard try statement.step() else { throw .damaged }
        let verdict = statement.bytes(0)
        visit(verdict == "ok" ? nil : verdict)
    }

    private static func check(_ code: Int32) throws(StorageError) {
        guard code == Int32(CSQLITE_OK) else { throw StorageError(code: code) }
    }
}
