// SQLite as the store sees it: the few calls it makes, and nothing of the vendor's header.
// Unless a comment says otherwise a function is the sqlite3_ one of its name, and an int
// that it returns is a result code (extended codes are on).
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef struct sqlite3 csqlite_connection;
typedef struct sqlite3_stmt csqlite_statement;

/// Result codes; the low byte of an extended code is one of these.
enum {
    CSQLITE_OK = 0,
    CSQLITE_BUSY = 5,
    CSQLITE_LOCKED = 6,
    CSQLITE_NOMEM = 7,
    CSQLITE_READONLY = 8,
    CSQLITE_IOERR = 10,
    /// Extended: there is no room for the index of the write-ahead log.
    CSQLITE_IOERR_SHMSIZE = 4874,
    CSQLITE_CORRUPT = 11,
    CSQLITE_FULL = 13,
    CSQLITE_CANTOPEN = 14,
    CSQLITE_CONSTRAINT = 19,
    CSQLITE_NOTADB = 26,
    CSQLITE_ROW = 100,
    CSQLITE_DONE = 101,
};

/// True if the database's file or its log is no longer where it was opened: what is committed
/// now is gone with the process. Two system calls.
bool csqlite_is_gone(csqlite_connection *connection);

/// The version of the library that is linked in, as `3.40.1`.
const char *csqlite_library_version(void);

/// Prepares the library for one thread and our allocator (first call only) and bounds all
/// that it will ever allocate.
int csqlite_configure(int64_t heap_bytes_max);
/// Bytes that the library holds from the C library, now and at most so far: what the limit
/// is about. Small blocks that were freed are kept for the next ones, and count.
int64_t csqlite_memory_used(void);
int64_t csqlite_memory_high_water(void);

/// Opens for reading and writing, creates a missing file, and waits at most
/// `busy_timeout_ms` for the locks of other programs. The log of a database that syncs at
/// each commit (PRAGMA synchronous = FULL) is written in large pieces. On an error there is
/// no connection.
int csqlite_open(
    const char *path, bool syncs_each_commit, int busy_timeout_ms,
    csqlite_connection **connection);
/// The same for reading alone, of a file that is there; others may write it meanwhile.
int csqlite_open_reader(const char *path, int busy_timeout_ms, csqlite_connection **connection);
/// Opens for reading alone. Nothing is written beside the file either, as long as there is no
/// write-ahead log (`name`-wal) to be read with it.
int csqlite_open_unnoticed(const char *path, csqlite_connection **connection);
/// To be called when a transaction was rolled back, by whomever: what it wrote of the log in advance
/// must not get there once others may write it.
void csqlite_discard_gathered_log(csqlite_connection *connection);
int csqlite_close(csqlite_connection *connection);
/// True if the file cannot be written.
bool csqlite_is_read_only(csqlite_connection *connection);
/// True between BEGIN and the COMMIT or ROLLBACK that ends it; SQLite rolls back by itself
/// on some errors.
bool csqlite_in_transaction(csqlite_connection *connection);
int64_t csqlite_changes(csqlite_connection *connection);
int64_t csqlite_last_insert_rowid(csqlite_connection *connection);
/// Runs statements without results.
int csqlite_execute(csqlite_connection *connection, const char *sql);
/// How much of the file may stay in memory (PRAGMA cache_size).
int csqlite_set_page_cache(csqlite_connection *connection, int kibibytes);
/// How long the write-ahead log was at the last commit, and from what length on the commit itself
/// copies it into the database.
typedef struct {
    int32_t pages;
    int32_t pages_max;
} csqlite_log;
/// Keeps `log` true from now on.
void csqlite_watch_log(csqlite_connection *connection, csqlite_log *log);
/// Copies what it can of the write-ahead log into the database, without waiting for anyone.
int csqlite_checkpoint(csqlite_connection *connection);

/// For a statement that is kept.
int csqlite_prepare(
    csqlite_connection *connection, const uint8_t *sql, int length,
    csqlite_statement **statement);
int csqlite_finalize(csqlite_statement *statement);
int csqlite_step(csqlite_statement *statement);
void csqlite_reset(csqlite_statement *statement);
/// Bound bytes are not copied: they stay valid until the statement is reset.
int csqlite_bind_text(csqlite_statement *statement, int index, const uint8_t *bytes, int count);
int csqlite_bind_blob(csqlite_statement *statement, int index, const uint8_t *bytes, int count);
int csqlite_bind_integer(csqlite_statement *statement, int index, int64_t value);
int csqlite_bind_null(csqlite_statement *statement, int index);
int64_t csqlite_column_integer(csqlite_statement *statement, int column);
bool csqlite_column_is_null(csqlite_statement *statement, int column);
/// The bytes of a text or blob, null if there are none; valid until the next step or reset.
const uint8_t *csqlite_column_bytes(csqlite_statement *statement, int column, int *count);

/// A new row of `chats`; no thread has the id 0.
typedef struct {
    int64_t id, created_at, author, channel, thread;
    const uint8_t *content;
    int32_t content_bytes;
} csqlite_chat;

/// What the table `chat_batch` shows to SQL. Each chat's id is the one before, plus one.
typedef struct {
    const csqlite_chat *chats;
    int32_t count;
} csqlite_chat_batch;

/// Gives this connection the table `chat_batch`, whose rows are those of `batch` whenever it is
/// read, the columns those of `chats`, and `id` NULL but in the first row. To be called before a
/// statement that names it is prepared.
int csqlite_show_chat_batch(csqlite_connection *connection, const csqlite_chat_batch *batch);

/// Writes into, or reads from, the bytes of a row of `images`, without holding them in memory.
int csqlite_blob_write(
    csqlite_connection *connection, int64_t id, const uint8_t *bytes, int count, int offset);
int csqlite_blob_read(
    csqlite_connection *connection, int64_t id, uint8_t *bytes, int count, int offset);

/// A copy of a whole database, page by page; `sqlite3_backup` of the main databases.
typedef struct sqlite3_backup csqlite_backup;
/// Null if it cannot begin; then the destination has the reason.
csqlite_backup *csqlite_backup_begin(csqlite_connection *destination, csqlite_connection *source);
/// OK while there is more, DONE at the end.
int csqlite_backup_step(csqlite_backup *backup, int pages);
int csqlite_backup_pages(csqlite_backup *backup);
int csqlite_backup_pages_left(csqlite_backup *backup);
int csqlite_backup_finish(csqlite_backup *backup);
/// The extended result code of the last failure.
int csqlite_last_error(csqlite_connection *connection);

/// Takes an exclusive lock (flock) that ends with the process, on a file beside the
/// database: its name and "-lock". Creates it if need be. Returns a descriptor, or a result
/// code negated: BUSY if the lock is taken, READONLY, FULL or CANTOPEN if there can be no
/// such file.
int csqlite_lock_beside(const char *path);
void csqlite_unlock(int descriptor);
