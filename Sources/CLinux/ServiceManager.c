// What systemd, or another service manager that speaks its protocols, and the server tell each
// other: sd_notify(3) and sd_listen_fds(3), without its library.
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// SD_LISTEN_FDS_START
enum { FIRST_PASSED = 3 };

static struct sockaddr_un manager;
static socklen_t manager_length;

int linux_notify_open(void) {
    const char *name = getenv("NOTIFY_SOCKET");
    size_t length = name ? strlen(name) : 0;
    // A path, or "@" and a name that no file stands for (unix(7), abstract).
    if (length < 2 || length >= sizeof manager.sun_path || (name[0] != '/' && name[0] != '@'))
        return -ENOENT;
    manager.sun_family = AF_UNIX;
    memcpy(manager.sun_path, name, length);
    manager_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    if (name[0] == '@') manager.sun_path[0] = 0;
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return descriptor < 0 ? -errno : descriptor;
}

// The address each time, for a manager that is started anew makes its socket anew.
int linux_notify(int descriptor, const uint8_t *bytes, uint64_t count) {
    ssize_t sent = sendto(
        descriptor, bytes, (size_t)count, MSG_NOSIGNAL, (struct sockaddr *)&manager,
        manager_length);
    return sent < 0 ? -errno : 0;
}

static int64_t number_of(const char *name) {
    const char *text = getenv(name);
    if (!text || text[0] < '0' || text[0] > '9') return -1;
    char *end;
    errno = 0;
    int64_t value = strtoll(text, &end, 10);
    return *end || errno ? -1 : value;
}

int64_t linux_watchdog_us(void) {
    int64_t process = getenv("WATCHDOG_PID") ? number_of("WATCHDOG_PID") : getpid();
    int64_t interval = number_of("WATCHDOG_USEC");
    return process == getpid() && interval > 0 ? interval : 0;
}

int linux_passed_count(void) {
    int64_t count = number_of("LISTEN_FDS");
    return number_of("LISTEN_PID") == getpid() && count > 0 && count < 1024 ? (int)count : 0;
}

int linux_passed_name(int index, const char **name) {
    const char *rest = getenv("LISTEN_FDNAMES");
    if (!rest) return 0;
    for (; index > 0; index--) {
        rest = strchr(rest, ':');
        if (!rest++) return 0;
    }
    *name = rest;
    return (int)strcspn(rest, ":");
}

int linux_passed_listener(int index) {
    int descriptor = FIRST_PASSED + index, listens = 0, family = 0, on = 1;
    socklen_t size = sizeof(int);
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0) return -errno;
    if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size) < 0) return -errno;
    if (!listens || (family != AF_INET && family != AF_INET6)) return -EINVAL;
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    if (fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) < 0) return -errno;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return linux_bound_buffers(descriptor);
}
