#include "CSQLite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "Allocator.h"
#include "FileStatus.h"
#include "GatheredLog.h"
#include "Tokenizer.h"

_Static_assert(
    CSQLITE_OK == SQLITE_OK && CSQLITE_BUSY == SQLITE_BUSY && CSQLITE_LOCKED == SQLITE_LOCKED
        && CSQLITE_NOMEM == SQLITE_NOMEM && CSQLITE_READONLY == SQLITE_READONLY
        && CSQLITE_IOERR == SQLITE_IOERR && CSQLITE_IOERR_SHMSIZE == SQLITE_IOERR_SHMSIZE
        && CSQLITE_CORRUPT == SQLITE_CORRUPT
        && CSQLITE_FULL == SQLITE_FULL && CSQLITE_CANTOPEN == SQLITE_CANTOPEN
        && CSQLITE_CONSTRAINT == SQLITE_CONSTRAINT && CSQLITE_NOTADB == SQLITE_NOTADB
        && CSQLITE_ROW == SQLITE_ROW && CSQLITE_DONE == SQLITE_DONE,
    "the codes are SQLite's");

bool csqlite_is_gone(csqlite_connection *connection) {
    int has_moved = 0;
    sqlite3_file_control(connection, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
    const char *log = sqlite3_filename_wal(sqlite3_db_filename(connection, "main"));
    return has_moved || access(log, F_OK) < 0;
}

const char *csqlite_library_version(void) { return sqlite3_libversion(); }

int csqlite_configure(int64_t heap_bytes_max) {
    static bool configured = false;
    if (!configured) {
        int code = sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
        if (code == SQLITE_OK) code = sqlite3_config(SQLITE_CONFIG_MALLOC, &csqlite_allocator);
        // The allocator counts, and cheaper.
        if (code == SQLITE_OK) code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        if (code == SQLITE_OK) code = sqlite3_initialize();
        if (code == SQLITE_OK) code = csqlite_tell_files_without_times();
        if (code == SQLITE_OK) code = csqlite_register_gathered_log();
        if (code != SQLITE_OK) return code;
        configured = true;
    }
    csqlite_set_heap_limit(heap_bytes_max);
    return SQLITE_OK;
}

// Connections

static int open_with(
    int flags, const char *vfs, const char *path, int busy_timeout_ms,
    csqlite_connection **connection) {
    int code = sqlite3_open_v2(path, connection, flags | SQLITE_OPEN_EXRESCODE, vfs);
    if (code == SQLITE_OK) code = csqlite_register_tokenizer(*connection);
    if (code == SQLITE_OK) return sqlite3_busy_timeout(*connection, busy_timeout_ms);
    sqlite3_close(*connection);
    *connection = NULL;
    return code;
}

int csqlite_open(
    const char *path, bool syncs_each_commit, int busy_timeout_ms,
    csqlite_connection **connection) {
    const char *vfs = syncs_each_commit ? csqlite_gathered_log : NULL;
    return open_with(
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs, path, busy_timeout_ms, connection);
}

int csqlite_open_reader(const char *path, int busy_timeout_ms, csqlite_connection **connection) {
    return open_with(SQLITE_OPEN_READONLY, NULL, path, busy_timeout_ms, connection);
}

// A name for SQLite's URI form (RFC 3986 §2.1), in which alone it can be told that a file is not
// going to change.
static int write_uri(const char *path, char *uri, size_t capacity) {
    size_t count = (size_t)snprintf(uri, capacity, "file:");
    for (; *path; path++) {
        if (count + 16 >= capacity) return SQLITE_CANTOPEN;
        int is_special = strchr("%?#", *path) != NULL;
        count += (size_t)snprintf(
            uri + count, capacity - count, is_special ? "%%%02X" : "%c", (unsigned char)*path);
    }
    snprintf(uri + count, capacity - count, "?immutable=1");
    return SQLITE_OK;
}

int csqlite_open_unnoticed(const char *path, csqlite_connection **connection) {
    char log[PATH_MAX], uri[PATH_MAX];
    int length = snprintf(log, sizeof log, "%s-wal", path);
    if (length < 0 || (size_t)length >= sizeof log) return SQLITE_CANTOPEN;
    if (access(log, F_OK) == 0) return csqlite_open_reader(path, 0, connection);
    int code = write_uri(path, uri, sizeof uri);
    if (code != SQLITE_OK) return code;
    return open_with(SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL, uri, 0, connection);
}

int csqlite_close(csqlite_connection *connection) { return sqlite3_close(connection); }

bool csqlite_is_read_only(csqlite_connection *connection) {
    return sqlite3_db_readonly(connection, "main") != 0;
}

bool csqlite_in_transaction(csqlite_connection *connection) {
    return !sqlite3_get_autocommit(connection);
}

int64_t csqlite_changes(csqlite_connection *connection) {
    return sqlite3_changes64(connection);
}

int64_t csqlite_last_insert_rowid(csqlite_connection *connection) {
    return sqlite3_last_insert_rowid(connection);
}

int csqlite_execute(csqlite_connection *connection, const char *sql) {
    return sqlite3_exec(connection, sql, NULL, NULL, NULL);
}

int csqlite_set_page_cache(csqlite_connection *connection, int kibibytes) {
    char sql[48];
    snprintf(sql, sizeof sql, "PRAGMA cache_size = -%d", kibibytes);
    return csqlite_execute(connection, sql);
}

/// Takes the place of SQLite's own hook (sqlite3_wal_autocheckpoint): what cannot be copied now, can
/// be later.
static int note_log(void *argument, sqlite3 *connection, const char *database, int count) {
    (void)database;
    csqlite_log *log = argument;
    log->pages = count;
    if (count >= log->pages_max) csqlite_checkpoint(connection);
    return SQLITE_OK;
}

void csqlite_watch_log(csqlite_connection *connection, csqlite_log *log) {
    sqlite3_wal_hook(connection, note_log, log);
}

int csqlite_checkpoint(csqlite_connection *connection) {
    return sqlite3_wal_checkpoint_v2(connection, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

// Statements

int csqlite_prepare(
    csqlite_connection *connection, const uint8_t *sql, int length,
    csqlite_statement **statement) {
    return sqlite3_prepare_v3(
        connection, (const char *)sql, length, SQLITE_PREPARE_PERSISTENT, statement, NULL);
}

int csqlite_finalize(csqlite_statement *statement) { return sqlite3_finalize(statement); }
int csqlite_step(csqlite_statement *statement) { return sqlite3_step(statement); }
void csqlite_reset(csqlite_statement *statement) { sqlite3_reset(statement); }

int csqlite_bind_text(
    csqlite_statement *statement, int index, const uint8_t *bytes, int count) {
    return sqlite3_bind_text(statement, index, (const char *)bytes, count, SQLITE_STATIC);
}

int csqlite_bind_blob(
    csqlite_statement *statement, int index, const uint8_t *bytes, int count) {
    return sqlite3_bind_blob(statement, index, bytes, count, SQLITE_STATIC);
}

int csqlite_bind_integer(csqlite_statement *statement, int index, int64_t value) {
    return sqlite3_bind_int64(statement, index, value);
}

int csqlite_bind_null(csqlite_statement *statement, int index) {
    return sqlite3_bind_null(statement, index);
}

int64_t csqlite_column_integer(csqlite_statement *statement, int column) {
    return sqlite3_column_int64(statement, column);
}

bool csqlite_column_is_null(csqlite_statement *statement, int column) {
    return sqlite3_column_type(statement, column) == SQLITE_NULL;
}

const uint8_t *csqlite_column_bytes(csqlite_statement *statement, int column, int *count) {
    const uint8_t *bytes = sqlite3_column_blob(statement, column);
    *count = sqlite3_column_bytes(statement, column);
    return bytes;
}

// Copies

csqlite_backup *csqlite_backup_begin(csqlite_connection *destination, csqlite_connection *source) {
    return sqlite3_backup_init(destination, "main", source, "main");
}

int csqlite_backup_step(csqlite_backup *backup, int pages) {
    return sqlite3_backup_step(backup, pages);
}

int csqlite_backup_pages(csqlite_backup *backup) { return sqlite3_backup_pagecount(backup); }

int csqlite_backup_pages_left(csqlite_backup *backup) { return sqlite3_backup_remaining(backup); }

int csqlite_backup_finish(csqlite_backup *backup) { return sqlite3_backup_finish(backup); }

int csqlite_last_error(csqlite_connection *connection) {
    return sqlite3_extended_errcode(connection);
}

// The lock of the data folder

int csqlite_lock_beside(const char *path) {
    char name[PATH_MAX];
    int length = snprintf(name, sizeof name, "%s-lock", path);
    if (length < 0 || (size_t)length >= sizeof name) return -CSQLITE_CANTOPEN;
    int descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        switch (errno) {
            case EROFS: return -CSQLITE_READONLY;
            case ENOSPC:
            case EDQUOT: return -CSQLITE_FULL;
            default: return -CSQLITE_CANTOPEN;
        }
    }
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
    close(descriptor);
    return -CSQLITE_BUSY;
}

void csqlite_unlock(int descriptor) { close(descriptor); }

// Images

static int open_image(csqlite_connection *connection, int64_t id, int writable, sqlite3_blob **blob) {
    return sqlite3_blob_open(connection, "main", "images", "bytes", id, writable, blob);
}

int csqlite_blob_write(
    csqlite_connection *connection, int64_t id, const uint8_t *bytes, int count, int offset) {
    sqlite3_blob *blob = NULL;
    int code = open_image(connection, id, 1, &blob);
    if (code == SQLITE_OK) code = sqlite3_blob_write(blob, bytes, count, offset);
    int closed = sqlite3_blob_close(blob);
    return code == SQLITE_OK ? closed : code;
}

int csqlite_blob_read(
    csqlite_connection *connection, int64_t id, uint8_t *bytes, int count, int offset) {
    sqlite3_blob *blob = NULL;
    int code = open_image(connection, id, 0, &blob);
    if (code == SQLITE_OK) code = sqlite3_blob_read(blob, bytes, count, offset);
    sqlite3_blob_close(blob);
    return code;
}
