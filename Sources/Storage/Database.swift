import CSQLite
import Memory

/// An open database with the statements prepared on it.
final class Database {
    private static let statementsMax = 192
    static let statementsBytes = statementsMax * MemoryLayout<OpaquePointer>.stride
    /// So many are copied into the file in the midst of a commit, if it was never quiet before.
    private static let logPagesMax = Int32(2 * Store.logPagesEnough)

    let handle: OpaquePointer
    private var lock: DataLock?
    private let statements: UnsafeMutablePointer<OpaquePointer>
    private var statementCount = 0
    private var isOpen = true
    private let log: UnsafeMutablePointer<csqlite_log>

    /// What is to be done with a file.
    enum Access {
        /// It is served: created if need be, and locked against a second server.
        case service(Durability)
        /// Created if need be; nobody else knows of it.
        case construction
        /// Read, while others may write it.
        case reading
    }

    /// Opens the file. Another program's lock is waited for no longer than `busyTimeoutMs`.
    init(
        path: UnsafePointer<CChar>, for access: Access, busyTimeoutMs: Int32
    ) throws(StorageError) {
        var opened: OpaquePointer?
        let code: Int32
        switch access {
        case .service(let durability):
            lock = try DataLock(beside: path)
            code = csqlite_open(path, durability == .full, busyTimeoutMs, &opened)
        case .construction: code = csqlite_open(path, false, busyTimeoutMs, &opened)
        case .reading: code = csqlite_open_reader(path, busyTimeoutMs, &opened)
        }
        guard code == Int32(CSQLITE_OK), let opened else { throw StorageError(code: code) }
        handle = opened
        statements = .allocate(capacity: Self.statementsMax)
        log = .allocate(capacity: 1)
        log.initialize(to: csqlite_log(pages: 0, pages_max: Self.logPagesMax))
        csqlite_watch_log(handle, log)
    }

    deinit {
        close()
        statements.deallocate()
        log.deallocate()
    }

    /// Finalizes every statement, closes the file and gives up the lock. A second call does
    /// nothing.
    func close() {
        guard isOpen else { return }
        isOpen = false
        for index in 0..<statementCount { _ = csqlite_finalize(statements[index]) }
        _ = csqlite_close(handle)
        lock = nil
    }

    /// True if the file cannot be written.
    var isReadOnly: Bool { csqlite_is_read_only(handle) }

    /// The file or its log is no longer where it was opened.
    var isGone: Bool { csqlite_is_gone(handle) }

    /// True while a transaction is open; SQLite ends it by itself on some errors.
    var inTransaction: Bool { csqlite_in_transaction(handle) }

    /// Forgets what a transaction that was rolled back had written in advance.
    func discardLog() { csqlite_discard_gathered_log(handle) }

    /// Rows that the last statement inserted, changed or deleted.
    var changes: Int { Int(csqlite_changes(handle)) }

    /// The id of the row that was inserted last.
    var lastInsertedID: Int64 { csqlite_last_insert_rowid(handle) }

    func prepare(_ sql: StaticString) throws(StorageError) -> Statement {
        try prepare(Bytes(sql))
    }

    func prepare(_ sql: Bytes) throws(StorageError) -> Statement {
        precondition(statementCount < Self.statementsMax)
        var prepared: OpaquePointer?
        let code = csqlite_prepare(handle, sql.base, Int32(sql.count), &prepared)
        guard code == Int32(CSQLITE_OK), let prepared else { throw StorageError(code: code) }
        statements[statementCount] = prepared
        statementCount += 1
        return Statement(handle: prepared)
    }

    /// Runs statements once, without results.
    func execute(_ sql: StaticString) throws(StorageError) {
        let code = csqlite_execute(handle, sql.utf8CString)
        guard code == Int32(CSQLITE_OK) else { throw StorageError(code: code) }
    }

    /// The single integer that a PRAGMA or query gives.
    func integer(_ sql: StaticString) throws(StorageError) -> Int64 {
        let statement = try prepare(sql)
        defer { discardLast() }
        return try statement.step() ? statement.integer(0) : 0
    }

    func setPageCache(bytes: Int) throws(StorageError) {
        let code = csqlite_set_page_cache(handle, Int32(clamping: max(bytes >> 10, 64)))
        guard code == Int32(CSQLITE_OK) else { throw StorageError(code: code) }
    }

    /// Pages that the log had at the last commit; 0 if it was copied since.
    var logPages: Int { Int(log.pointee.pages) }

    /// Copies the log into the file. What fails is tried again after the next commit at the
    /// earliest.
    func checkpoint() throws(StorageError) {
        log.pointee.pages = 0
        let code = csqlite_checkpoint(handle)
        guard code == Int32(CSQLITE_OK) else { throw StorageError(code: code) }
    }

    private func discardLast() {
        statementCount -= 1
        _ = csqlite_finalize(statements[statementCount])
    }
}

/// The right to be the only server on a database; it ends with the process at the latest.
public final class DataLock {
    private let descriptor: Int32

    /// - Throws: `locked` if somebody has it.
    public init(beside path: UnsafePointer<CChar>) throws(StorageError) {
        let locked = csqlite_lock_beside(path)
        guard locked >= 0 else { throw StorageError(code: -locked) }
        descriptor = locked
    }

    deinit { csqlite_unlock(descriptor) }
}

extension StaticString {
    fileprivate var utf8CString: UnsafePointer<CChar> {
        UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
