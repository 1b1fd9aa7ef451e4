// What the floor and the load generator both need of RFC 6455, and of the kernel.
#ifndef WIRE_H
#define WIRE_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { OPCODE_TEXT = 1, OPCODE_CLOSE = 8, OPCODE_PING = 9, OPCODE_PONG = 10 };

_Noreturn static inline void fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static inline uint64_t monotonic_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline struct sockaddr_in loopback(int port) {
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
}

static inline void send_without_delay(int fd) {
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

struct frame {
    int opcode;
    uint8_t *mask;  // NULL where the frame is not masked
    uint8_t *payload;
    size_t length;
    size_t total;  // header and payload
};

/// Reads one whole frame (RFC 6455 §5.2); false while bytes are missing.
static inline bool frame_decode(uint8_t *at, size_t available, struct frame *frame) {
    if (available < 2) return false;
    size_t header = 2, length = at[1] & 0x7f;
    size_t extension = length == 126 ? 2 : length == 127 ? 8 : 0;
    bool masked = at[1] & 0x80;
    if (available < header + extension + (masked ? 4 : 0)) return false;
    if (extension) {
        length = 0;
        for (size_t i = 0; i < extension; i++) length = length << 8 | at[header + i];
        header += extension;
    }
    frame->opcode = at[0] & 0x0f;
    frame->mask = masked ? at + header : NULL;
    header += masked ? 4 : 0;
    frame->payload = at + header;
    frame->length = length;
    frame->total = header + length;
    return length <= available - header;
}

/// Writes the header of a final frame; the mask key, where there is one, is four zeros,
/// so that a masked payload reads like a plain one. Returns the header's length.
static inline size_t frame_header(uint8_t *at, int opcode, size_t length, bool masked) {
    size_t n = 2;
    uint8_t mask_bit = masked ? 0x80 : 0;
    at[0] = (uint8_t)(0x80 | opcode);
    if (length < 126) {
        at[1] = (uint8_t)(mask_bit | length);
    } else {
        at[1] = mask_bit | 126;
        at[2] = (uint8_t)(length >> 8);
        at[3] = (uint8_t)length;
        n = 4;
    }
    if (masked) {
        memset(at + n, 0, 4);
        n += 4;
    }
    return n;
}

#endif
