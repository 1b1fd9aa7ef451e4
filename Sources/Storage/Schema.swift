import Memory

/// The tables, and how an older file becomes a present one. Every script runs once, in one
/// transaction with the number that says so (`PRAGMA user_version`).
///
/// Text is stored as the bytes that came. Foreign keys are not declared: the server checks
/// what a row refers to before it writes, and the check of every message again would cost
/// two more look-ups and an index per reference.
enum Schema {
    /// "Cncd", in the file's header: tells our files from other programs'.
    static let applicationID: Int64 = 0x436E_6364

    static let newest: Int64 = 5

    /// Brings the file to the newest version; an empty file gets everything.
    /// - Throws: `foreignDatabase`, `newerSchema`, or what SQLite says.
    static func migrate(_ database: Database) throws(StorageError) {
        var version = try database.integer("PRAGMA user_version")
        while version < newest {
            do throws(StorageError) {
                try database.execute("BEGIN IMMEDIATE")
                try database.execute(script(from: version))
                if version == chatsOutOfTheLog { try restartLog(database) }
                try database.execute("COMMIT")
            } catch {
                if database.inTransaction { try? database.execute("ROLLBACK") }
                throw error
            }
            version += 1
        }
    }

    /// Refuses a file that is not ours before anything in it is touched.
    static func check(_ database: Database) throws(StorageError) {
        let application = try database.integer("PRAGMA application_id")
        let version = try database.integer("PRAGMA user_version")
        let tables = try database.integer("SELECT count(*) FROM sqlite_schema")
        if application == 0, version == 0, tables == 0 { return }
        guard application == applicationID else { throw .foreignDatabase }
        guard version <= newest else { throw .newerSchema }
    }

    private static func script(from version: Int64) -> StaticString {
        switch version {
        case 0: firstTables
        case 1: rightsAndImages
        case 2: probe
        case chatsOutOfTheLog: "PRAGMA user_version = 4"
        case 4: wordIndex
        default: fatalError()
        }
    }

    /// What is written to see whether there is room (`Store.touch`).
    private static let probe: StaticString = """
        CREATE TABLE probe (one INTEGER PRIMARY KEY, filler BLOB NOT NULL);
        PRAGMA user_version = 3;
        """

    /// The text index is of our own words, and made anew: from `indexed_from` up it is whole, the rest follows in
    /// slices (TextIndex.swift). It keeps no positions: phrases are looked for in the texts.
    private static let wordIndex: StaticString = """
        DROP TABLE chats_text;
        CREATE VIRTUAL TABLE chats_text USING fts5 (
            content, content = '', columnsize = 0, detail = none, tokenize = 'words');
        INSERT INTO chats_text (chats_text, rank) VALUES ('automerge', 8);
        INSERT INTO chats_text (chats_text, rank) VALUES ('pgsz', 1900);
        CREATE VIRTUAL TABLE chat_words USING fts5vocab (chats_text, instance);
        ALTER TABLE state ADD COLUMN indexed_from INTEGER NOT NULL DEFAULT -9223372036854775808;
        UPDATE state SET indexed_from = coalesce(
            (SELECT max(place) + 1 FROM catalogue), -9223372036854775808);
        PRAGMA user_version = 5;
        """

    /// From here on events that tell of chats name them alone (EventBatch.swift).
    private static let chatsOutOfTheLog: Int64 = 3

    private static func restartLog(_ database: Database) throws(StorageError) {
        let newest = try database.integer("SELECT coalesce(max(last), 0) FROM events")
        if newest > 0 { try database.restartEvents(at: newest + 1) }
    }

    /// One row in `state`: the highest id ever given out that a deletion has made
    /// disappear, and the last chat that the catalogue and the text index know.
    ///
    /// `chats` and `events` are the log: a lone message costs one page of each, and the events
    /// of a busy turn come in one row (EventBatch.swift). What helps to
    /// find chats again (`catalogue`, `chats_text`) follows in batches (Catalogue.swift).
    private static let firstTables: StaticString = """
        CREATE TABLE state (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            highest_identifier INTEGER NOT NULL,
            catalogued_through INTEGER NOT NULL);
        INSERT INTO state VALUES (1, 0, 0);

        CREATE TABLE community (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            name TEXT NOT NULL,
            description TEXT NOT NULL,
            icon INTEGER,
            default_channel INTEGER);

        CREATE TABLE users (
            id INTEGER PRIMARY KEY,
            token_generation INTEGER NOT NULL,
            administrator INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            username TEXT NOT NULL UNIQUE,
            nickname TEXT NOT NULL,
            bio TEXT,
            avatar INTEGER,
            rounds INTEGER NOT NULL,
            salt BLOB NOT NULL,
            hash BLOB NOT NULL);

        CREATE TABLE channels (
            id INTEGER PRIMARY KEY,
            parent INTEGER,
            ordinality INTEGER NOT NULL,
            name TEXT NOT NULL,
            description TEXT,
            capabilities TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            created_by INTEGER NOT NULL);
        CREATE INDEX channels_by_place ON channels (parent, ordinality, name);

        CREATE TABLE chats (
            id INTEGER PRIMARY KEY,
            created_at INTEGER NOT NULL,
            author INTEGER NOT NULL,
            channel INTEGER NOT NULL,
            thread INTEGER,
            edited INTEGER NOT NULL,
            content TEXT NOT NULL);

        CREATE TABLE catalogue (
            place INTEGER PRIMARY KEY,
            id INTEGER NOT NULL,
            channel INTEGER NOT NULL,
            author INTEGER NOT NULL,
            thread INTEGER);
        CREATE INDEX catalogue_by_channel ON catalogue (channel);
        CREATE INDEX catalogue_by_author ON catalogue (author);
        CREATE INDEX catalogue_by_thread ON catalogue (thread) WHERE thread IS NOT NULL;

        CREATE VIRTUAL TABLE chats_text USING fts5 (
            content, content = '', columnsize = 0,
            tokenize = 'unicode61 remove_diacritics 2');
        INSERT INTO chats_text (chats_text, rank) VALUES ('automerge', 8);
        INSERT INTO chats_text (chats_text, rank) VALUES ('pgsz', 1900);

        CREATE TABLE reactions (
            chat INTEGER NOT NULL,
            reaction TEXT NOT NULL,
            user INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            PRIMARY KEY (chat, reaction, user)) WITHOUT ROWID;

        CREATE TABLE events (
            last INTEGER PRIMARY KEY,
            first INTEGER NOT NULL,
            records BLOB NOT NULL);

        CREATE TABLE marks (
            name TEXT PRIMARY KEY,
            value INTEGER NOT NULL) WITHOUT ROWID;

        PRAGMA application_id = 0x436E6364;
        PRAGMA user_version = 1;
        """

    /// Rights: one row per value; channel 0 stands for the whole server, right 0 for `admin`, the
    /// others are `Right.rawValue`; the subject is a user or a role, whose ids never coincide.
    ///
    /// Of a deleted channel its place in the tree stays, and with it its rights, for as long as
    /// events are kept that only its members may see.
    private static let rightsAndImages: StaticString = """
        CREATE TABLE rights (
            channel INTEGER NOT NULL,
            subject INTEGER NOT NULL,
            name INTEGER NOT NULL,
            value INTEGER NOT NULL,
            PRIMARY KEY (channel, subject, name)) WITHOUT ROWID;
        CREATE INDEX rights_by_subject ON rights (subject);
        INSERT INTO rights SELECT 0, id, 0, 1 FROM users WHERE administrator <> 0;
        ALTER TABLE users DROP COLUMN administrator;
        ALTER TABLE users ADD COLUMN chosen_status INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE users ADD COLUMN removed_at INTEGER;
        ALTER TABLE users ADD COLUMN spared_token BLOB;

        CREATE TABLE roles (
            id INTEGER PRIMARY KEY,
            ordinality INTEGER NOT NULL,
            name TEXT NOT NULL);
        CREATE TABLE role_members (
            user INTEGER NOT NULL,
            role INTEGER NOT NULL,
            PRIMARY KEY (user, role)) WITHOUT ROWID;
        CREATE INDEX role_members_by_role ON role_members (role);

        CREATE TABLE deleted_channels (
            id INTEGER PRIMARY KEY,
            parent INTEGER,
            event INTEGER NOT NULL,
            is_purged INTEGER NOT NULL);

        CREATE TABLE threads (
            id INTEGER PRIMARY KEY,
            source_chat INTEGER NOT NULL UNIQUE,
            channel INTEGER NOT NULL,
            creator INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            name TEXT NOT NULL);
        CREATE INDEX threads_by_channel ON threads (channel);

        CREATE TABLE images (
            id INTEGER PRIMARY KEY,
            type INTEGER NOT NULL,
            is_complete INTEGER NOT NULL,
            bytes BLOB NOT NULL);

        CREATE TABLE invites (
            code TEXT PRIMARY KEY,
            uses INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            created_by INTEGER NOT NULL,
            created_at INTEGER NOT NULL) WITHOUT ROWID;

        CREATE TABLE nonces (
            author INTEGER NOT NULL,
            nonce TEXT NOT NULL,
            chat INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (author, nonce)) WITHOUT ROWID;
        CREATE INDEX nonces_by_time ON nonces (created_at);
        CREATE INDEX reactions_by_user ON reactions (user);

        PRAGMA user_version = 2;
        """
}
