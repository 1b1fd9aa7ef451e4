import CSQLite

/// Why the store could not do what it was asked.
public enum StorageError: Error, Equatable {
    case cannotOpen
    case notADatabase
    case foreignDatabase
    case newerSchema
    case damaged
    case locked
    case full
    case readOnly
    /// The files were removed or replaced while they were open.
    case gone
    case inputOutput
    case outOfMemory
    /// A record has more text than `Store.recordBytesMax`.
    case recordTooLong
    /// Anything else, with SQLite's extended result code.
    case failed(code: Int32)

    init(code: Int32) {
        if code == Int32(CSQLITE_IOERR_SHMSIZE) {
            self = .full
            return
        }
        switch code & 0xFF {
        case Int32(CSQLITE_CANTOPEN): self = .cannotOpen
        case Int32(CSQLITE_NOTADB): self = .notADatabase
        case Int32(CSQLITE_CORRUPT): self = .damaged
        case Int32(CSQLITE_BUSY), Int32(CSQLITE_LOCKED): self = .locked
        case Int32(CSQLITE_FULL): self = .full
        case Int32(CSQLITE_READONLY): self = .readOnly
        case Int32(CSQLITE_IOERR): self = .inputOutput
        case Int32(CSQLITE_NOMEM): self = .outOfMemory
        default: self = .failed(code: code)
        }
    }

    /// One sentence for the log.
    public var explanation: StaticString {
        switch self {
        case .cannotOpen: "the database cannot be opened or created: check the folder's rights"
        case .notADatabase: "the file is not a database"
        case .foreignDatabase: "the file is another program's database"
        case .newerSchema: "the database was written by a newer version of this server"
        case .damaged: "the database is damaged: restore a backup"
        case .locked: "the database is in use by another process"
        case .full: "the disk of the data folder is full: make room there (df, and du to see what takes it)"
        case .readOnly: "the database is on a disk, or in a file, that cannot be written"
        case .gone:
            "the database was removed from the data folder while in use: nothing more is stored; stop the server and restore a backup"
        case .inputOutput: "the disk failed to read or write"
        case .outOfMemory: "the database needs more memory than it was given"
        case .recordTooLong: "a stored record is longer than the server can hold"
        case .failed: "the database refused a statement"
        }
    }
}
