import CSQLite
import Memory

/// The file of a store, or a copy of it, as it is read beside a server or without one: to be
/// looked through, and copied.
public final class DataFile {
    /// How long another program's write is waited for.
    private static let busyTimeoutMs: Int32 = 10_000

    let database: Database

    /// Opens the file and keeps to the state that it is in now, however long it is read and whoever
    /// writes it meanwhile. All memory that SQLite takes is bounded.
    /// - Throws: `foreignDatabase` or `newerSchema` as well, if it is none of ours.
    public init(path: UnsafePointer<CChar>, heapBytesMax: Int) throws(StorageError) {
        let code = csqlite_configure(Int64(heapBytesMax))
        guard code == Int32(CSQLITE_OK) else { throw StorageError(code: code) }
        database = try Database(path: path, for: .reading, busyTimeoutMs: Self.busyTimeoutMs)
        try database.execute("BEGIN")
        // What begins to read is what sees this state until its end.
        guard try database.integer("SELECT count(*) FROM sqlite_schema") > 0 else {
            throw .foreignDatabase
        }
        try Schema.check(database)
    }

    public func close() { database.close() }

    /// Reads all of it and looks whether it fits together. It takes a while.
    /// - Throws: `damaged` if it does not.
    public func verify() throws(StorageError) {
        let statement = try database.prepare("PRAGMA integrity_check(1)")
        defer { statement.reset() }
        guard try statement.step(), statement.bytes(0) == "ok" else { throw .damaged }
    }

    /// How much there is, to tell one copy from another.
    public struct Summary {
        public let users: Int64
        public let channels: Int64
        public let chats: Int64
        /// The time of the last chat; 0 if there is none.
        public let lastChatAt: Int64
    }

    public func summary() throws(StorageError) -> Summary {
        Summary(
            users: try database.integer("SELECT count(*) FROM users"),
            channels: try database.integer("SELECT count(*) FROM channels"),
            chats: try database.integer("SELECT count(*) FROM chats"),
            lastChatAt: try database.integer(
                "SELECT created_at FROM chats ORDER BY id DESC LIMIT 1"))
    }

    /// How far the numbers have come that must never be given twice.
    public struct HighWaterMarks {
        public let event: Int64
        public let identifier: Int64
    }

    public func highWaterMarks() throws(StorageError) -> HighWaterMarks {
        HighWaterMarks(
            event: try database.integer("SELECT max(last) FROM events"),
            identifier: try database.integer(
                """
                SELECT max(highest_identifier, (SELECT ifnull(max(id), 0) FROM chats),
                    (SELECT ifnull(max(id), 0) FROM users),
                    (SELECT ifnull(max(id), 0) FROM channels)) FROM state
                """))
    }

    /// A file that a backup keeps beside the data; nil if it has none. It is valid until the
    /// backup is closed.
    public func kept(_ file: KeptFile) throws(StorageError) -> Bytes? {
        let holdsFiles = try database.integer(
            "SELECT count(*) FROM sqlite_schema WHERE name = 'kept_files'") > 0
        guard holdsFiles else { return nil }
        let statement = try database.prepare("SELECT bytes FROM kept_files WHERE name = ?1")
        statement.bind(1, text: file.name)
        return try statement.step() ? statement.bytes(0) : nil
    }
}

/// What lies beside the data, belongs to the server, and is in its backups.
public enum KeptFile {
    /// The secret that signs tokens.
    case tokenKey
    /// The authority that devices trust, with its private key.
    case certificateAuthority

    var name: Bytes {
        switch self {
        case .tokenKey: Bytes("token.key")
        case .certificateAuthority: Bytes("tls-ca.pem")
        }
    }
}
