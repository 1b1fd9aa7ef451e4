// As SQLite is compiled on Debian's 32-bit systems: sizes of 64 bits, times of 32.
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "FileStatus.h"

#include <sqlite3.h>

// There the C library tells nothing at all of a file that was last written after 2038 (EOVERFLOW),
// and SQLite could not open its own database. It never looks at the times of a file: so it is told
// everything else about it, and the times are left at zero.
#if defined CONCORD_STATIC && __SIZEOF_POINTER__ == 4
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

_Static_assert(sizeof((struct stat){0}.st_mtime) == 4, "SQLite was compiled for times of 32 bits");

static int tell(int folder, const char *path, int flags, struct stat *status) {
    struct statx found;
    if (statx(folder, path, flags, STATX_BASIC_STATS, &found) < 0) return -1;
    *status = (struct stat){
        .st_dev = makedev(found.stx_dev_major, found.stx_dev_minor),
        .st_ino = found.stx_ino,
        .st_mode = found.stx_mode,
        .st_nlink = found.stx_nlink,
        .st_uid = found.stx_uid,
        .st_gid = found.stx_gid,
        .st_size = (off_t)found.stx_size,
        .st_blksize = (blksize_t)found.stx_blksize,
        .st_blocks = (blkcnt_t)found.stx_blocks,
    };
    return 0;
}

static int tell_path(const char *path, struct stat *status) {
    return tell(AT_FDCWD, path, 0, status);
}

static int tell_link(const char *path, struct stat *status) {
    return tell(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, status);
}

static int tell_file(int file, struct stat *status) {
    return tell(file, "", AT_EMPTY_PATH, status);
}

int csqlite_tell_files_without_times(void) {
    sqlite3_vfs *vfs = sqlite3_vfs_find("unix");
    if (!vfs || vfs->iVersion < 3) return SQLITE_ERROR;
    int code = vfs->xSetSystemCall(vfs, "stat", (sqlite3_syscall_ptr)tell_path);
    if (code == SQLITE_OK)
        code = vfs->xSetSystemCall(vfs, "lstat", (sqlite3_syscall_ptr)tell_link);
    if (code == SQLITE_OK)
        code = vfs->xSetSystemCall(vfs, "fstat", (sqlite3_syscall_ptr)tell_file);
    return code;
}
#else
int csqlite_tell_files_without_times(void) { return SQLITE_OK; }
#endif
