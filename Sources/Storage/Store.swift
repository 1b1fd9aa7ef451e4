import CSQLite
import Memory
import Model

/// When a commit has reached the disk.
public enum Durability {
    /// At once: one sync per commit. A power cut takes nothing back.
    case full
    /// Soon: a power cut may take back the last commits, never a part of one.
    case relaxed
}

public struct StoreOptions {
    public var durability: Durability = .full
    /// All memory that SQLite may ever allocate, in bytes; what needs more fails.
    public var heapBytesMax = 16 << 20
    /// The part of it that keeps pages of the file, in bytes.
    public var pageCacheBytes = 4 << 20
    /// Events that are kept for resuming clients; somewhat more may be stored.
    public var eventRetention = 10_000
    /// The longest event that is ever appended, in bytes.
    public var eventBytesMax = 64 << 10

    public init() {}
}

/// The single truth: everything that outlives the process, in one SQLite file.
///
/// **Transactions.** The first change of a turn opens one; `commit` makes all changes of
/// the turn durable together. Until then they are seen by this store alone.
///
/// **Errors.** After a change has failed the turn is void: the transaction is rolled back,
/// every further change throws the same error, and so does `commit`, which ends the turn
/// (`rollback` ends it without a word). So no half of a turn is ever kept, and the store
/// is as usable afterwards as the disk is.
///
/// **Borrowed text.** A record handed to a visitor is valid inside the visit. One that is
/// returned is valid until the next record of its kind is asked for. Inside a visit any other
/// query may be made, but not the one that is under way, and nothing may be changed that it
/// walks over, unless its comment allows it.
///
/// **Locking.** One store at a time may open a file: it holds a lock (flock) on the file
/// "<path>-lock" for as long as it lives. The database itself is not locked between turns, so
/// that the `sqlite3` shell and other one-shot tools can read it, and write briefly.
public final class Store {
    /// The version of SQLite that is linked in, as `3.40.1`.
    public static var libraryVersion: Bytes { Bytes(cString: csqlite_library_version()!) }

    /// The most bytes that all text of one record may have together: a longer one can be
    /// stored and listed, but not looked up.
    public static let recordBytesMax = 65_536

    /// How long a commit waits for another program's write before it is refused.
    private static let busyTimeoutMs: Int32 = 250

    enum Turn {
        case unchanged
        /// Only what the store keeps for itself was brought up to date.
        case maintained
        case changed
        case failed(StorageError)
    }

    let database: Database
    let options: StoreOptions
    private let begin: Statement
    private let mark: Statement
    private let returnToMark: Statement
    private let releaseMark: Statement
    private let commitTurn: Statement
    private let rollbackTurn: Statement
    private(set) var turn = Turn.unchanged

    let userStatements: UserStatements
    let communityStatements: CommunityStatements
    let channelStatements: ChannelStatements
    let chatStatements: ChatStatements
    let catalogueStatements: CatalogueStatements
    let listingStatements: ListingStatements
    let reactionStatements: ReactionStatements
    let eventStatements: EventStatements
    let markStatements: MarkStatements
    let rightsStatements: RightsStatements
    let givingStatements: GivingStatements
    let imageStatements: ImageStatements
    let accountStatements: AccountStatements
    let inviteStatements: InviteStatements
    let roleStatements: RoleStatements
    let threadStatements: ThreadStatements
    let nonceStatements: NonceStatements
    let deletionStatements: DeletionStatements

    private static let recordBuffers = 7
    let userRecord = RecordBuffer()
    let credentialRecord = RecordBuffer()
    let communityRecord = RecordBuffer()
    let channelRecord = RecordBuffer()
    let chatRecord = RecordBuffer()
    let threadRecord = RecordBuffer()
    let roleRecord = RecordBuffer()

    var search = SearchQuery()
    var wordCursors: WordCursors
    let textIndexStatements: TextIndexStatements
    let knownChannels = KnownChannels()
    /// The chats of the turn that have no row yet: whatever might ask for them writes them first.
    var chatBatch: ChatBatch
    /// The events of the turn that have no row yet.
    var eventBatch: EventBatch

    /// The last commit of work that nobody was promised failed. Until one succeeds, nobody waits for
    /// such work in turns of its own: it would be taken back each time.
    private(set) var maintenanceIsStuck = false

    /// When nonces are next looked for whose time is over.
    var nextForgetting: Milliseconds = 0

    /// How far the catalogue has followed the chats, now and when the turn began.
    var catalogued: CatalogueMark
    private var cataloguedBefore: CatalogueMark

    /// Opens the file, or creates it, checks that it is ours and brings its schema up to date.
    /// Allocates all that the store needs of our own memory.
    public init(path: UnsafePointer<CChar>, options: StoreOptions) throws(StorageError) {
        let code = csqlite_configure(Int64(options.heapBytesMax))
        guard code == Int32(CSQLITE_OK) else { throw StorageError(code: code) }
        self.options = options
        chatBatch = ChatBatch(textBytesMax: options.eventBytesMax)
        eventBatch = EventBatch(payloadBytesMax: options.eventBytesMax)
        database = try Database(
            path: path, for: .service(options.durability), busyTimeoutMs: Self.busyTimeoutMs)
        if database.isReadOnly { throw .readOnly }
        try Schema.check(database)
        try database.configure(options)
        try Schema.migrate(database)
        // Of uploads that a crash cut off.
        try database.execute("DELETE FROM images WHERE is_complete = 0")
        try chatBatch.show(to: database)
        begin = try database.prepare("BEGIN IMMEDIATE")
        mark = try database.prepare("SAVEPOINT tentative")
        returnToMark = try database.prepare("ROLLBACK TO tentative")
        releaseMark = try database.prepare("RELEASE tentative")
        commitTurn = try database.prepare("COMMIT")
        rollbackTurn = try database.prepare("ROLLBACK")
        userStatements = try UserStatements(database)
        communityStatements = try CommunityStatements(database)
        channelStatements = try ChannelStatements(database)
        chatStatements = try ChatStatements(database)
        catalogueStatements = try CatalogueStatements(database)
        listingStatements = try ListingStatements(database)
        reactionStatements = try ReactionStatements(database)
        eventStatements = try EventStatements(database)
        markStatements = try MarkStatements(database)
        rightsStatements = try RightsStatements(database)
        givingStatements = try GivingStatements(database)
        imageStatements = try ImageStatements(database)
        accountStatements = try AccountStatements(database)
        inviteStatements = try InviteStatements(database)
        roleStatements = try RoleStatements(database)
        threadStatements = try ThreadStatements(database)
        nonceStatements = try NonceStatements(database)
        deletionStatements = try DeletionStatements(database)
        wordCursors = try WordCursors(database)
        textIndexStatements = try TextIndexStatements(database)
        catalogued = try CatalogueMark(database)
        cataloguedBefore = catalogued
    }

    deinit { close() }

    /// True from the first change of a turn, even a failed one, until `commit` or `rollback`.
    public var hasUncommittedChanges: Bool {
        if case .unchanged = turn { return false }
        return true
    }

    /// Makes the changes of the turn durable and visible to others, with one sync at most.
    /// On an error none of them is kept. Does nothing if nothing was changed.
    public func commit() throws(StorageError) {
        switch turn {
        case .unchanged: return
        case .maintained:
            do { try commitChanges() } catch { maintenanceIsStuck = true }
        case .changed: try commitChanges()
        case .failed(let error):
            turn = .unchanged
            throw error
        }
    }

    private func commitChanges() throws(StorageError) {
        do throws(StorageError) {
            try writeChatBatch()
            try writeEventBatch()
            defer { commitTurn.reset() }
            _ = try commitTurn.step()
            turn = .unchanged
            maintenanceIsStuck = false
        } catch {
            rollback()
            throw error
        }
    }

    /// Drops the changes of the turn.
    public func rollback() {
        if case .unchanged = turn { return }
        abandonTransaction()
        turn = .unchanged
    }

    /// Pages of the write-ahead log that are not in the database file yet.
    public var logPages: Int { database.logPages }

    /// Enough of them to be moved in the next quiet moment (4 MiB).
    public static let logPagesEnough = 2_000

    /// Moves what was committed from the write-ahead log into the database file. This also
    /// happens by itself, in the midst of a commit, when there are twice as many as enough.
    public func checkpoint() throws(StorageError) { try database.checkpoint() }

    /// Drops uncommitted changes, moves the log into the file and closes it. Nothing may be
    /// asked of the store afterwards.
    public func close() {
        rollback()
        database.close()
    }

    /// All memory that a store allocates beside SQLite's, in bytes.
    public static func ownBytes(_ options: StoreOptions) -> Int {
        recordBuffers * recordBytesMax + SearchQuery.bytes + WordCursors.bytes + KnownChannels.bytes
            + Database.statementsBytes + ChatBatch.bytes(textBytesMax: options.eventBytesMax)
            + EventBatch.capacity(payloadBytesMax: options.eventBytesMax)
    }

    /// Bytes that SQLite has allocated, now and at most so far.
    public static var memoryUsed: Int { Int(csqlite_memory_used()) }
    public static var memoryHighWater: Int { Int(csqlite_memory_high_water()) }
}

// MARK: How the extensions run their statements

extension Store {
    /// Runs a statement that changes something, inside the turn's transaction.
    /// Returns how many rows it changed. (Inlined, this and `read` would be 19 KB of the program.)
    @discardableResult
    @inline(never)
    func change(_ statement: Statement) throws(StorageError) -> Int {
        try writeChatBatch()
        return try run(statement)
    }

    /// The same for a statement that has nothing to do with chats: those that have no row yet may
    /// go on waiting.
    @discardableResult
    func run(_ statement: Statement) throws(StorageError) -> Int {
        defer { statement.reset() }
        try beginChange()
        do throws(StorageError) {
            _ = try statement.step()
            return database.changes
        } catch {
            throw fail(error)
        }
    }

    /// Steps a statement that reads. A failure can cost the turn its transaction (SQLite
    /// rolls back when it is out of memory or the disk fails), which voids the turn.
    @inline(never)
    func read(_ statement: Statement) throws(StorageError) -> Bool {
        try writeChatBatch()
        return try step(statement)
    }

    /// The same for a statement that has nothing to do with chats.
    func step(_ statement: Statement) throws(StorageError) -> Bool {
        do throws(StorageError) {
            return try statement.step()
        } catch {
            throw failedReading(error)
        }
    }

    /// Voids the turn if what could not be read cost it its transaction; the error is the one to
    /// throw.
    func failedReading(_ error: StorageError) -> StorageError {
        switch turn {
        case .unchanged, .failed: error
        case .maintained, .changed: database.inTransaction ? error : fail(error)
        }
    }

    /// Does work that nobody was promised. In a turn that changes nothing else, its failure
    /// is no error, now or at the commit: it is done again another time.
    func maintain(_ work: () throws(StorageError) -> Void) throws(StorageError) {
        guard case .unchanged = turn else { return try work() }
        do throws(StorageError) {
            try work()
            if case .changed = turn { turn = .maintained }
        } catch {
            rollback()
        }
    }

    /// Makes changes that are taken back unless they come out right, while the rest of the turn
    /// stands. They must be changes of rows alone: no chats, no events.
    public func tentatively(
        _ changes: () throws(StorageError) -> Bool
    ) throws(StorageError) -> Bool {
        try change(mark)
        let isRight = try changes()
        if !isRight { try change(returnToMark) }
        try change(releaseMark)
        return isRight
    }

    /// Opens the turn's transaction if this is its first change.
    func beginChange() throws(StorageError) {
        switch turn {
        case .changed: return
        case .maintained: turn = .changed
        case .failed(let error): throw error
        case .unchanged:
            cataloguedBefore = catalogued
            // What went into files that nobody can find again would be acknowledged and lost.
            if database.isGone { throw fail(.gone) }
            defer { begin.reset() }
            _ = try begin.step()
            turn = .changed
        }
    }

    /// Voids the turn; the error is the one to throw.
    func fail(_ error: StorageError) -> StorageError {
        abandonTransaction()
        turn = .failed(error)
        return error
    }

    private func abandonTransaction() {
        if database.inTransaction {
            _ = try? rollbackTurn.step()
            rollbackTurn.reset()
        }
        database.discardLog()
        catalogued = cataloguedBefore
        knownChannels.forgetAll()
        chatBatch.removeAll()
        eventBatch.removeAll()
    }
}

extension Database {
    /// The settings of every database. A commit appends whole pages to the log, and a
    /// message changes two: small pages make it short. A log that was copied into the file is
    /// reused from its start, without being cut, for overwriting syncs faster than growing;
    /// only what an exceptional turn added is cut off.
    fileprivate func configure(_ options: StoreOptions) throws(StorageError) {
        try execute(
            """
            PRAGMA page_size = 2048;
            PRAGMA journal_mode = WAL;
            PRAGMA journal_size_limit = 8388608;
            PRAGMA locking_mode = NORMAL;
            PRAGMA temp_store = MEMORY;
            PRAGMA mmap_size = 0;
            PRAGMA secure_delete = FAST;
            PRAGMA foreign_keys = OFF;
            """)
        switch options.durability {
        case .full: try execute("PRAGMA synchronous = FULL")
        case .relaxed: try execute("PRAGMA synchronous = NORMAL")
        }
        try setPageCache(bytes: options.pageCacheBytes)
    }
}
