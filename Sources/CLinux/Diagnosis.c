// What `concord doctor` asks of the machine beside its files. Like Files.c it calls no library.
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64
#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/wireless.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { SYNCS = 9, SYNC_BYTES = 4096 };

const char *linux_build_architecture(void) {
#if defined __x86_64__
    return "amd64";
#elif defined __aarch64__
    return "arm64";
#elif defined __arm__ && __ARM_ARCH >= 7
    return "armv7";
#elif defined __arm__
    return "armv6";
#elif defined __riscv
    return "riscv64";
#else
    return "unknown";
#endif
}

const char *linux_machine(void) {
    static struct utsname names;
    return uname(&names) < 0 ? "" : names.machine;
}

int linux_folder_entry(const char *path, int index, char *name, int capacity) {
    DIR *folder = opendir(path);
    if (!folder) return 0;
    struct dirent *entry;
    int found = 0;
    while (!found && (entry = readdir(folder)))
        if (entry->d_name[0] != '.' && index-- == 0)
            found = snprintf(name, (size_t)capacity, "%s", entry->d_name) < capacity;
    closedir(folder);
    return found;
}

int linux_disk_space(const char *path, int64_t *free_bytes, int64_t *all_bytes) {
    struct statvfs space;
    if (statvfs(path, &space) < 0) return -errno;
    *free_bytes = (int64_t)(space.f_bavail * space.f_frsize);
    *all_bytes = (int64_t)(space.f_blocks * space.f_frsize);
    return 0;
}

static int64_t timed_sync(int file) {
    static const uint8_t block[SYNC_BYTES];
    int64_t start = linux_monotonic_us();
    if (pwrite(file, block, sizeof block, 0) < 0 || fdatasync(file) < 0) return -errno;
    return linux_monotonic_us() - start;
}

static int by_size(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

int64_t linux_sync_us(const char *folder) {
    char path[4096];
    if (snprintf(path, sizeof path, "%s/.doctor-%d", folder, getpid()) >= (int)sizeof path)
        return -ENAMETOOLONG;
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return -errno;
    int64_t times[SYNCS], result = 0;
    // The first makes the file grow, which later ones do not.
    result = timed_sync(file);
    for (int i = 0; i < SYNCS && result >= 0; i++) result = times[i] = timed_sync(file);
    close(file);
    unlink(path);
    if (result < 0) return result;
    qsort(times, SYNCS, sizeof *times, by_size);
    return times[SYNCS / 2];
}

int linux_clock_is_synchronized(void) {
    struct timex state = {0};
    int result = adjtimex(&state);
    return result < 0 ? -errno : !(state.status & STA_UNSYNC);
}

// Wireless Extensions: the old way to ask, in one call; nl80211 would be a hundred lines.
int linux_wireless_saves_power(const char *interface) {
    struct iwreq request = {0};
    if (strlen(interface) >= sizeof request.ifr_name) return -EINVAL;
    strcpy(request.ifr_name, interface);
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    int result = ioctl(descriptor, SIOCGIWPOWER, &request) < 0 ? -errno : !request.u.power.disabled;
    close(descriptor);
    return result;
}

int linux_is_locked(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -errno;
    // Given back at once: a server that starts in this very moment would be refused.
    int result = flock(file, LOCK_SH | LOCK_NB) == 0 ? 0 : errno == EWOULDBLOCK ? 1 : -errno;
    close(file);
    return result;
}
