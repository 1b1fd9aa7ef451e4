#include "GatheredLog.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "CSQLite.h"

// SQLite writes the head and the page of every frame of its log by a system call each: dozens
// for one commit. Here they gather in a buffer, and leave in one piece when the log is synced,
// or when something else is asked of it than the next write. What a write promises does not
// change: nothing, before the sync. So this is for databases that sync at each commit, no others.
//
// A transaction that outgrows the page cache writes frames before its commit. If it is rolled
// back, those that are still here must be discarded: the same place may be another program's next.
//
// Where the log grows, zeros are written behind it, which SQLite takes for its end. Most commits then
// overwrite what is in the file already, and their sync has no length and no place on the disk to
// record besides: half the work here, and on a file system with a journal a transaction of it less.
//
// All but the log goes to the system's VFS directly.

enum { GATHERED_MAX = 32 << 10, ZEROS = 256 << 10, MEMORY_PAGE = 4 << 10 };

typedef struct {
    sqlite3_file base;  // SQLite's own part comes first
    sqlite3_file *file;
    uint8_t *gathered;
    int count;
    sqlite3_int64 start;  // where the first of them belongs
    sqlite3_int64 length;  // of the file, as far as it is known here
} log_file;

static sqlite3_vfs *system_vfs;

static int write_through(log_file *log, const void *bytes, int count, sqlite3_int64 start) {
    return log->file->pMethods->xWrite(log->file, bytes, count, start);
}

/// What has no room on the disk is left out: SQLite finds that out itself when it needs the room.
/// Page by page of memory: what is written in one piece counts as written once more, as a whole,
/// whenever some of it is overwritten (Linux' large folios).
static void write_zeros(log_file *log) {
    memset(log->gathered, 0, MEMORY_PAGE);
    sqlite3_int64 end = log->length + ZEROS;
    while (log->length < end) {
        int count = MEMORY_PAGE - (int)(log->length % MEMORY_PAGE);
        if (write_through(log, log->gathered, count, log->length) != SQLITE_OK) return;
        log->length += count;
    }
}

/// Nothing is kept where it fails: the transaction fails with it.
static int flush(log_file *log) {
    int count = log->count;
    if (count == 0) return SQLITE_OK;
    log->count = 0;
    int code = write_through(log, log->gathered, count, log->start);
    sqlite3_int64 end = log->start + count;
    if (code == SQLITE_OK && end > log->length) {
        log->length = end;
        write_zeros(log);
    }
    return code;
}

static int write_log(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 start) {
    log_file *log = (log_file *)file;
    bool continues = start == log->start + log->count && count <= GATHERED_MAX - log->count;
    if (!continues) {
        int code = flush(log);
        if (code != SQLITE_OK) return code;
        if (count > GATHERED_MAX) return write_through(log, bytes, count, start);
        log->start = start;
    }
    memcpy(log->gathered + log->count, bytes, (size_t)count);
    log->count += count;
    return SQLITE_OK;
}

static int read_log(sqlite3_file *file, void *bytes, int count, sqlite3_int64 start) {
    log_file *log = (log_file *)file;
    int code = flush(log);
    return code == SQLITE_OK ? log->file->pMethods->xRead(log->file, bytes, count, start) : code;
}

static int sync_log(sqlite3_file *file, int flags) {
    log_file *log = (log_file *)file;
    int code = flush(log);
    return code == SQLITE_OK ? log->file->pMethods->xSync(log->file, flags) : code;
}

static int truncate_log(sqlite3_file *file, sqlite3_int64 size) {
    log_file *log = (log_file *)file;
    int code = flush(log);
    if (code == SQLITE_OK) code = log->file->pMethods->xTruncate(log->file, size);
    if (code == SQLITE_OK && size < log->length) log->length = size;
    return code;
}

static int size_of_log(sqlite3_file *file, sqlite3_int64 *size) {
    log_file *log = (log_file *)file;
    int code = flush(log);
    return code == SQLITE_OK ? log->file->pMethods->xFileSize(log->file, size) : code;
}

/// What is left was never committed.
static int close_log(sqlite3_file *file) {
    log_file *log = (log_file *)file;
    sqlite3_free(log->gathered);
    return log->file->pMethods->xClose(log->file);
}

static int control_log(sqlite3_file *file, int operation, void *argument) {
    log_file *log = (log_file *)file;
    return log->file->pMethods->xFileControl(log->file, operation, argument);
}

static int sector_size_of_log(sqlite3_file *file) {
    log_file *log = (log_file *)file;
    return log->file->pMethods->xSectorSize(log->file);
}

static int characteristics_of_log(sqlite3_file *file) {
    log_file *log = (log_file *)file;
    return log->file->pMethods->xDeviceCharacteristics(log->file);
}

/// Version 1: locks and shared memory are the database file's, and never asked of its log.
static const sqlite3_io_methods log_methods = {
    .iVersion = 1,
    .xClose = close_log,
    .xRead = read_log,
    .xWrite = write_log,
    .xTruncate = truncate_log,
    .xSync = sync_log,
    .xFileSize = size_of_log,
    .xFileControl = control_log,
    .xSectorSize = sector_size_of_log,
    .xDeviceCharacteristics = characteristics_of_log,
};

static int open_file(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *flags_out) {
    (void)vfs;
    if (!(flags & SQLITE_OPEN_WAL))
        return system_vfs->xOpen(system_vfs, name, file, flags, flags_out);
    log_file *log = (log_file *)file;
    *log = (log_file){.file = (sqlite3_file *)(log + 1)};
    int code = system_vfs->xOpen(system_vfs, name, log->file, flags, flags_out);
    if (code != SQLITE_OK) return code;
    log->gathered = sqlite3_malloc(GATHERED_MAX);
    if (!log->gathered) {
        log->file->pMethods->xClose(log->file);
        return SQLITE_NOMEM;
    }
    log->base.pMethods = &log_methods;
    return size_of_log(file, &log->length);
}

int csqlite_register_gathered_log(void) {
    static sqlite3_vfs vfs;
    system_vfs = sqlite3_vfs_find(NULL);
    vfs = *system_vfs;
    vfs.zName = csqlite_gathered_log;
    vfs.szOsFile += (int)sizeof(log_file);
    vfs.xOpen = open_file;
    return sqlite3_vfs_register(&vfs, 0);
}

const char csqlite_gathered_log[] = "gathered log";

void csqlite_discard_gathered_log(csqlite_connection *connection) {
    sqlite3_file *file = NULL;
    sqlite3_file_control(connection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
    if (file && file->pMethods == &log_methods) ((log_file *)file)->count = 0;
}
