#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { SEND_BUFFER_BYTES = 256 * 1024, RECEIVE_BUFFER_BYTES = 64 * 1024 };

// The kernel reads an array of pieces in place, so this file states no maximum of its own.
_Static_assert(
    sizeof(struct linux_piece) == sizeof(struct iovec)
        && offsetof(struct linux_piece, base) == offsetof(struct iovec, iov_base)
        && offsetof(struct linux_piece, count) == offsetof(struct iovec, iov_len)
        && sizeof(((struct linux_piece *)0)->count) == sizeof(size_t),
    "a linux_piece is an iovec");

static int parse_address(
    const uint8_t *text, uint64_t count, uint16_t port, struct sockaddr_storage *out) {
    char host[INET6_ADDRSTRLEN] = {0};
    if (count >= sizeof host) return -EINVAL;
    memcpy(host, text, (size_t)count);
    memset(out, 0, sizeof *out);
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        return sizeof *v4;
    }
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        return sizeof *v6;
    }
    return -EINVAL;
}

int linux_is_address(const uint8_t *host, uint64_t count) {
    struct sockaddr_storage address;
    return parse_address(host, count, 0, &address) > 0;
}

int linux_listen(const uint8_t *host, uint64_t count, uint16_t port) {
    struct sockaddr_storage address;
    int length = parse_address(host, count, port, &address);
    if (length < 0) return length;
    int listener = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0) return -errno;
    int on = 1, off = 0;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    // "::" serves IPv4 as well.
    if (address.ss_family == AF_INET6)
        setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    // Accepted sockets inherit it: without it small answers wait for acknowledgements.
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    linux_bound_buffers(listener);
    if (bind(listener, (struct sockaddr *)&address, (socklen_t)length) < 0
        || listen(listener, 1024) < 0) {
        int error = errno;
        close(listener);
        return -error;
    }
    return listener;
}

// Accepted sockets inherit both: else the kernel lets one slow reader, or a peer that is not read
// from, queue megabytes, which no memory plan knows of. The kernel counts twice as much.
int linux_bound_buffers(int listener) {
    int sent = SEND_BUFFER_BYTES, received = RECEIVE_BUFFER_BYTES;
    setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &sent, sizeof sent);
    setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &received, sizeof received);
    return listener;
}

int linux_local_address(int socket, char *text, int capacity) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (getsockname(socket, (struct sockaddr *)&address, &length) < 0) return -errno;
    const void *bytes = address.ss_family == AF_INET
        ? (const void *)&((struct sockaddr_in *)&address)->sin_addr
        : (const void *)&((struct sockaddr_in6 *)&address)->sin6_addr;
    return inet_ntop(address.ss_family, bytes, text, (socklen_t)capacity) ? 0 : -errno;
}

int linux_local_port(int socket) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (getsockname(socket, (struct sockaddr *)&address, &length) < 0) return -errno;
    if (address.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)&address)->sin_port);
    return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
}

static uint64_t big_endian_64(const uint8_t *bytes) {
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) value = value << 8 | bytes[i];
    return value;
}

int linux_accept(int listener, uint64_t *address_high, uint64_t *address_low) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    int peer =
        accept4(listener, (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (peer < 0) return -errno;
    if (address.ss_family == AF_INET6) {
        const uint8_t *bytes = ((struct sockaddr_in6 *)&address)->sin6_addr.s6_addr;
        *address_high = big_endian_64(bytes);
        *address_low = big_endian_64(bytes + 8);
    } else {
        *address_high = 0;
        *address_low =
            0xFFFF00000000u | ntohl(((struct sockaddr_in *)&address)->sin_addr.s_addr);
    }
    return peer;
}

int linux_interface_address(int index, char *text, int capacity) {
    struct ifaddrs *all;
    if (getifaddrs(&all) < 0) return 0;
    int found = 0;
    for (struct ifaddrs *each = all; each && !found; each = each->ifa_next) {
        if (!each->ifa_addr || each->ifa_addr->sa_family != AF_INET
            || (each->ifa_flags & IFF_LOOPBACK) || !(each->ifa_flags & IFF_UP) || index-- > 0)
            continue;
        const struct sockaddr_in *address = (const struct sockaddr_in *)each->ifa_addr;
        found = inet_ntop(AF_INET, &address->sin_addr, text, (socklen_t)capacity) != NULL;
    }
    freeifaddrs(all);
    return found;
}

int64_t linux_receive(int socket, uint8_t *buffer, uint64_t count) {
    ssize_t received = recv(socket, buffer, (size_t)count, 0);
    return received < 0 ? -errno : received;
}

int64_t linux_send(int socket, const uint8_t *bytes, uint64_t count) {
    ssize_t sent = send(socket, bytes, (size_t)count, MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

int64_t linux_send_pieces(int socket, const struct linux_piece *pieces, int count) {
    struct msghdr message = {.msg_iov = (struct iovec *)pieces, .msg_iovlen = (size_t)count};
    ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

void linux_shutdown_write(int socket) { shutdown(socket, SHUT_WR); }

void linux_close(int descriptor) { close(descriptor); }
