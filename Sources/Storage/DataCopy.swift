import CSQLite
import Memory
import Model

/// A copy of a data file in the making. The file is read in the state in which it was opened, while
/// the server goes on writing: nobody waits for the copy, and it is whole in itself.
public final class DataCopy {
    private let source: DataFile
    private let database: Database
    private var backup: OpaquePointer?

    /// Pages that are copied, of how many.
    public private(set) var pagesDone = 0
    public private(set) var pages = 0

    /// Begins a copy under a name that nothing has yet.
    public init(of source: DataFile, to path: UnsafePointer<CChar>) throws(StorageError) {
        self.source = source
        database = try Database(path: path, for: .construction, busyTimeoutMs: 0)
        // A copy that breaks off is thrown away: it needs no journal; who makes it syncs it.
        try database.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        try database.setPageCache(bytes: 256 << 10)
        guard let begun = csqlite_backup_begin(database.handle, source.database.handle) else {
            throw StorageError(code: csqlite_last_error(database.handle))
        }
        backup = begun
    }

    deinit { close() }

    /// Copies some more pages; false when all are there.
    public func advance(pages count: Int) throws(StorageError) -> Bool {
        let code = csqlite_backup_step(backup, Int32(count))
        guard code == Int32(CSQLITE_OK) || code == Int32(CSQLITE_DONE) else {
            throw StorageError(code: code)
        }
        pages = Int(csqlite_backup_pages(backup))
        pagesDone = pages - Int(csqlite_backup_pages_left(backup))
        return code == Int32(CSQLITE_OK)
    }

    /// Makes of the pages one file that needs no other beside it.
    public func finish() throws(StorageError) {
        endBackup()
        try database.execute("PRAGMA journal_mode = DELETE")
    }

    /// Keeps a file from beside the data in the copy, so that one file is enough to restore
    /// everything.
    public func keep(_ file: KeptFile, _ content: Bytes) throws(StorageError) {
        try database.execute(
            """
            CREATE TABLE IF NOT EXISTS kept_files (
                name TEXT PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID
            """)
        let statement = try database.prepare("INSERT OR REPLACE INTO kept_files VALUES (?1, ?2)")
        statement.bind(1, text: file.name)
        statement.bind(2, blob: content)
        defer { statement.reset() }
        _ = try statement.step()
    }

    /// Makes of the copy of a backup the data of a server again. Clients may know events and ids
    /// from after the backup: numbering goes on behind them, and whoever comes back reads all
    /// afresh, for the first event from here on says so.
    /// - Parameter replaced: how far the data had come that makes way; nil where nobody knows.
    public func becomeData(replacing replaced: DataFile.HighWaterMarks?) throws(StorageError) {
        let own = try source.highWaterMarks()
        // More than were ever stored between a backup and its restoration.
        let unknown = own.event + 1_000_000
        let event = max(own.event, replaced?.event ?? unknown) + 1
        try database.execute(
            """
            PRAGMA secure_delete = ON;
            DROP TABLE IF EXISTS kept_files;
            """)
        try database.restartEvents(at: event)
        let raise = try database.prepare(
            "UPDATE state SET highest_identifier = max(highest_identifier, ?1)")
        raise.bind(1, replaced?.identifier ?? 0)
        defer { raise.reset() }
        _ = try raise.step()
    }

    /// Closes the copy, whole or not.
    public func close() {
        endBackup()
        database.close()
    }

    private func endBackup() {
        if let backup { _ = csqlite_backup_finish(backup) }
        backup = nil
    }
}
