// Only files that call no library, this one and Files.c, may ask for 64-bit time on 32-bit
// boards: Debian's libraries there are built with 32 bits.
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static int argument_count;
static char **arguments;

// glibc hands a constructor what it hands main; Embedded Swift has no CommandLine.
__attribute__((constructor)) static void keep_arguments(int argc, char **argv) {
    argument_count = argc;
    arguments = argv;
}

int linux_argument_count(void) { return argument_count; }

const char *linux_argument(int index) {
    return index >= 0 && index < argument_count ? arguments[index] : NULL;
}

const char *linux_environment(const char *name) { return getenv(name); }

void linux_wipe_environment(const char *name) {
    char *value = getenv(name);
    if (!value) return;
    explicit_bzero(value, strlen(value));
    unsetenv(name);
}

void linux_forbid_core_dumps(void) {
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
}

const char *linux_environment_entry(int index) { return environ[index]; }

static int64_t clock_us(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t linux_monotonic_ms(void) { return clock_us(CLOCK_MONOTONIC) / 1000; }

int64_t linux_monotonic_us(void) { return clock_us(CLOCK_MONOTONIC); }

int64_t linux_wall_ms(void) { return clock_us(CLOCK_REALTIME) / 1000; }

void linux_pause(int64_t ms) { poll(NULL, 0, (int)ms); }

void linux_random(uint8_t *buffer, uint64_t count) {
    while (count > 0) {
        ssize_t got = getrandom(buffer, (size_t)count, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) abort();
        buffer += got;
        count -= (uint64_t)got;
    }
}

static int64_t read_text(const char *path, char *buffer, size_t capacity) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -errno;
    ssize_t count = read(file, buffer, capacity - 1);
    close(file);
    if (count < 0) return -EIO;
    buffer[count] = 0;
    return count;
}

int64_t linux_resident_bytes(void) {
    char text[128];
    if (read_text("/proc/self/statm", text, sizeof text) < 0) return 0;
    char *pages = strchr(text, ' ');
    return pages ? strtoll(pages, NULL, 10) * sysconf(_SC_PAGESIZE) : 0;
}

int64_t linux_available_bytes(void) {
    char text[4096];
    if (read_text("/proc/meminfo", text, sizeof text) < 0) return 0;
    char *line = strstr(text, "MemAvailable:");
    return line ? strtoll(line + sizeof "MemAvailable:" - 1, NULL, 10) * 1024 : 0;
}

int64_t linux_raise_descriptor_limit(int64_t count) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    if ((int64_t)limit.rlim_cur < count) {
        limit.rlim_cur = (rlim_t)count;
        if (limit.rlim_max < limit.rlim_cur) limit.rlim_max = limit.rlim_cur;
        if (setrlimit(RLIMIT_NOFILE, &limit) < 0) {
            // Only root may raise the hard limit: take what it allows.
            getrlimit(RLIMIT_NOFILE, &limit);
            limit.rlim_cur = limit.rlim_max;
            setrlimit(RLIMIT_NOFILE, &limit);
        }
        getrlimit(RLIMIT_NOFILE, &limit);
    }
    return (int64_t)limit.rlim_cur;
}

static int output_is_lost;

int linux_output_is_lost(void) { return output_is_lost; }

void linux_write_all(int descriptor, const uint8_t *bytes, uint64_t count) {
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, (size_t)count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            if (descriptor == STDOUT_FILENO) output_is_lost = 1;
            return;
        }
        bytes += written;
        count -= (uint64_t)written;
    }
}

void linux_write_line(int descriptor, const uint8_t *line, uint64_t count) {
    struct pollfd ready = {.fd = descriptor, .events = POLLOUT};
    if (poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT))
        (void)!write(descriptor, line, (size_t)count);
}

int linux_is_terminal(int descriptor) { return isatty(descriptor); }

const char *linux_error_text(int error) {
    return error == LINUX_NO_FILE ? "It is no regular file" : strerror(error);
}

void linux_exit(int status) { _exit(status); }
