// Like Process.c it calls no library: files from after 2038 are read on 32-bit boards too.
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = 4096 };

void linux_keep_files_private(void) { umask(077); }

static int make_folder(const char *path, mode_t mode) {
    if (mkdir(path, mode) == 0) return 0;
    int error = errno;
    struct stat status;
    if (error == EEXIST) return stat(path, &status) == 0 && S_ISDIR(status.st_mode) ? 0 : -ENOTDIR;
    return -error;
}

int linux_make_folder(const char *path) { return make_folder(path, 0700); }

int linux_make_open_folder(const char *path) { return make_folder(path, 0755); }

int linux_file_mode(const char *path) {
    struct stat status;
    return stat(path, &status) < 0 ? -errno : (int)(status.st_mode & 07777);
}

// A pipe that nobody writes to would hold up whoever opens it, or reads it. Below /dev and /proc it
// is wanted: /dev/stdin, and what a shell passes as /dev/fd/NUMBER.
static int open_regular(const char *path) {
    if (strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0)
        return open(path, O_RDONLY | O_CLOEXEC);
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat status;
    if (file < 0 || fstat(file, &status) < 0 || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))
        return file;
    close(file);
    errno = LINUX_NO_FILE;
    return -1;
}

int64_t linux_read_file(const char *path, uint8_t *buffer, uint64_t capacity) {
    int file = open_regular(path);
    if (file < 0) return -errno;
    uint64_t count = 0;
    for (;;) {
        uint8_t extra;
        ssize_t got = count < capacity ? read(file, buffer + count, (size_t)(capacity - count))
                                       : read(file, &extra, 1);
        if (got < 0 && errno == EINTR) continue;
        int error = got < 0 ? errno : got > 0 && count == capacity ? EFBIG : 0;
        if (got <= 0 || error) {
            close(file);
            return error ? -error : (int64_t)count;
        }
        count += (uint64_t)got;
    }
}

int64_t linux_file_size(const char *path) {
    struct stat status;
    if (stat(path, &status) < 0) return -errno;
    if (S_ISREG(status.st_mode)) return status.st_size;
    return S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
}

int64_t linux_read_at(const char *path, int64_t offset, uint8_t *buffer, uint64_t capacity) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -errno;
    ssize_t got;
    do got = pread(file, buffer, (size_t)capacity, offset);
    while (got < 0 && errno == EINTR);
    int64_t result = got < 0 ? -errno : got;
    close(file);
    return result;
}

static int write_synced(int file, const uint8_t *bytes, uint64_t count) {
    while (count > 0) {
        ssize_t written = write(file, bytes, (size_t)count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return -errno;
        bytes += written;
        count -= (uint64_t)written;
    }
    return fsync(file) < 0 ? -errno : 0;
}

int linux_append(const char *path, const uint8_t *bytes, uint64_t count) {
    int file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (file < 0) return -errno;
    int result = write_synced(file, bytes, count);
    close(file);
    return result;
}

static int sync_folder_of(const char *path) {
    char folder[PATH_BYTES_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return -errno;
    int result = fsync(descriptor) < 0 ? -errno : 0;
    close(descriptor);
    return result;
}

static int write_beside(const char *path, char temporary[PATH_BYTES_MAX], const uint8_t *bytes,
                        uint64_t count) {
    if (snprintf(temporary, PATH_BYTES_MAX, "%s.new", path) >= PATH_BYTES_MAX) {
        temporary[0] = 0;
        return -ENAMETOOLONG;
    }
    unlink(temporary);
    int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return -errno;
    int result = write_synced(file, bytes, count);
    close(file);
    return result;
}

int linux_create_secret_file(const char *path, const uint8_t *bytes, uint64_t count) {
    char temporary[PATH_BYTES_MAX];
    int result = write_beside(path, temporary, bytes, count);
    // Unlike rename, link never replaces.
    if (result == 0 && link(temporary, path) < 0) result = -errno;
    unlink(temporary);
    return result < 0 ? result : sync_folder_of(path);
}

int linux_replace_secret_file(const char *path, const uint8_t *bytes, uint64_t count) {
    char temporary[PATH_BYTES_MAX];
    int result = write_beside(path, temporary, bytes, count);
    if (result == 0 && rename(temporary, path) < 0) result = -errno;
    if (result < 0) unlink(temporary);
    return result < 0 ? result : sync_folder_of(path);
}

int linux_replace_file(const char *path, const uint8_t *bytes, uint64_t count, uint32_t mode) {
    char temporary[PATH_BYTES_MAX];
    if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary)
        return -ENAMETOOLONG;
    struct stat old;
    bool replaces = stat(path, &old) == 0;
    unlink(temporary);
    int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return -errno;
    if (replaces && fchown(file, old.st_uid, old.st_gid) < 0) replaces = false;
    int result = fchmod(file, replaces ? old.st_mode & 07777 : mode) < 0 ? -errno : 0;
    if (result == 0) result = write_synced(file, bytes, count);
    close(file);
    if (result == 0 && rename(temporary, path) < 0) result = -errno;
    if (result < 0) unlink(temporary);
    return result < 0 ? result : sync_folder_of(path);
}

int linux_close_file_to_others(const char *path) { return chmod(path, 0600) < 0 ? -errno : 0; }

int linux_is_root(void) { return geteuid() == 0; }

int64_t linux_real_path(const char *path, uint8_t *buffer, uint64_t capacity) {
    char real[PATH_MAX];
    if (!realpath(path, real)) return -errno;
    uint64_t length = strlen(real);
    if (length >= capacity) return -ENAMETOOLONG;
    memcpy(buffer, real, (size_t)length + 1);
    return (int64_t)length;
}

int linux_remove_file(const char *path) { return unlink(path) < 0 ? -errno : 0; }

int linux_remove_folder(const char *path) { return rmdir(path) < 0 ? -errno : 0; }

int linux_exists(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0;
}

int linux_sync_file(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -errno;
    int result = fsync(file) < 0 ? -errno : 0;
    close(file);
    return result;
}

int linux_rename(const char *path, const char *name, int replace) {
    if (replace) {
        if (rename(path, name) < 0) return -errno;
    } else {
        // Unlike rename, link never replaces. Where a disk knows no links, a look must do.
        if (link(path, name) < 0) {
            if (errno != EPERM && errno != EOPNOTSUPP) return -errno;
            if (linux_exists(name)) return -EEXIST;
            if (rename(path, name) < 0) return -errno;
        } else {
            unlink(path);
        }
    }
    return sync_folder_of(name);
}

int linux_link(const char *path, const char *name) {
    return link(path, name) < 0 ? -errno : sync_folder_of(name);
}

int linux_become_owner_of(const char *folder) {
    struct stat status;
    if (stat(folder, &status) < 0) return -errno;
    if (geteuid() != 0 || status.st_uid == 0) return 0;
    if (setgroups(0, NULL) < 0 || setgid(status.st_gid) < 0 || setuid(status.st_uid) < 0)
        return -errno;
    return 0;
}

int linux_format_time(int64_t ms, const char *format, char *text, int capacity) {
    time_t seconds = (time_t)(ms / 1000);
    struct tm parts;
    if (!localtime_r(&seconds, &parts)) return 0;
    return (int)strftime(text, (size_t)capacity, format, &parts);
}
