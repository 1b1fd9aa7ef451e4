// The Unix socket by which the commands of the terminal reach a running server.
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { WAITING_MAX = 16, PATH_BYTES_MAX = 4096, ANSWER_SECONDS_MAX = 120 };

// An address holds 107 bytes of a path, a data folder may have more: longer ones are named by way
// of a descriptor of their folder, which `folder` keeps until it is closed.
static int make_address(const char *path, struct sockaddr_un *out, int *folder) {
    memset(out, 0, sizeof *out);
    out->sun_family = AF_UNIX;
    *folder = -1;
    if (strlen(path) < sizeof out->sun_path) {
        strcpy(out->sun_path, path);
        return 0;
    }
    const char *slash = strrchr(path, '/');
    char name[PATH_BYTES_MAX];
    if (!slash
        || snprintf(name, sizeof name, "%.*s", (int)(slash - path), path) >= (int)sizeof name)
        return -ENAMETOOLONG;
    *folder = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*folder < 0) return -errno;
    int length =
        snprintf(out->sun_path, sizeof out->sun_path, "/proc/self/fd/%d%s", *folder, slash);
    return length < (int)sizeof out->sun_path ? 0 : -ENAMETOOLONG;
}

/// What `bind` and `connect` have in common.
typedef int attach(int, const struct sockaddr *, socklen_t);

static int attached_socket(const char *path, int type, attach *attach) {
    struct sockaddr_un address;
    int folder, result = make_address(path, &address, &folder);
    int descriptor = result < 0 ? result : socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (result == 0 && descriptor < 0) descriptor = -errno;
    if (descriptor >= 0 && attach(descriptor, (struct sockaddr *)&address, sizeof address) < 0) {
        int error = errno;
        close(descriptor);
        descriptor = -error;
    }
    if (folder >= 0) close(folder);
    return descriptor;
}

int linux_control_listen(const char *path) {
    unlink(path);
    // Nobody can be in between bind and listen: without the latter there is no connecting.
    int listener = attached_socket(path, SOCK_STREAM | SOCK_NONBLOCK, bind);
    if (listener < 0) return listener;
    if (chmod(path, 0600) < 0 || listen(listener, WAITING_MAX) < 0) {
        int error = errno;
        close(listener);
        return -error;
    }
    return listener;
}

int linux_control_accept(int listener) {
    int peer = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (peer < 0) return -errno;
    struct ucred who;
    socklen_t length = sizeof who;
    int known = getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &who, &length) == 0;
    if (known && (who.uid == geteuid() || who.uid == 0)) return peer;
    close(peer);
    return -EACCES;
}

int linux_control_connect(const char *path) {
    int server = attached_socket(path, SOCK_STREAM, connect);
    if (server < 0) return server;
    // A password takes seconds on an old board; a server that hangs takes for ever.
    struct timeval patience = {.tv_sec = ANSWER_SECONDS_MAX};
    setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(server, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return server;
}
