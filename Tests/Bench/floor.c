// The practical floor: the least work with which a program can broadcast WebSocket messages
// over epoll. Every text message goes to every client, padded to the size of a chat_sent;
// all that gathered in a turn leaves in one send per client. No JSON, no storage, no rights.
//
//   floor PORT PAYLOAD_BYTES
#define _GNU_SOURCE
#include "sha1.h"
#include "wire.h"

#include <sys/epoll.h>
#include <sys/mman.h>

enum { RING_BYTES = 16 << 20, INPUT_BYTES = 16 << 10, CLIENTS_MAX = 20000, EVENTS_MAX = 512 };

struct client {
    int fd;
    bool upgraded;
    bool wants_writable;
    uint32_t place;    // in `clients`
    uint64_t cursor;   // of the stream of all broadcasts, what was sent so far
    size_t length;     // of the input
    uint8_t input[INPUT_BYTES];
};

static int epoll_fd;
static uint8_t *ring;
static uint64_t published;
static size_t payload_bytes;
static struct client *clients[CLIENTS_MAX];
static uint32_t client_count;

/// Maps the same memory twice in a row, so that every range of the ring is contiguous.
static uint8_t *map_ring(void) {
    int fd = memfd_create("ring", 0);
    if (fd < 0 || ftruncate(fd, RING_BYTES)) fail("memfd");
    uint8_t *base = mmap(NULL, 2 * RING_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) fail("mmap");
    for (int i = 0; i < 2; i++)
        if (mmap(base + i * RING_BYTES, RING_BYTES, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED) fail("mmap");
    close(fd);
    return base;
}

static void client_close(struct client *client) {
    close(client->fd);
    clients[client->place] = clients[--client_count];
    clients[client->place]->place = client->place;
    free(client);
}

static void client_watch(struct client *client, bool writable) {
    if (client->wants_writable == writable) return;
    client->wants_writable = writable;
    struct epoll_event event = {
        .events = EPOLLIN | (writable ? EPOLLOUT : 0), .data.ptr = client};
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, client->fd, &event);
}

static void accept_all(int listener) {
    int fd;
    while (client_count < CLIENTS_MAX && (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        send_without_delay(fd);
        struct client *client = malloc(sizeof *client);
        if (!client) fail("malloc");
        *client = (struct client){.fd = fd, .place = client_count};
        clients[client_count++] = client;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
    }
}

static void base64_of_digest(const uint8_t digest[20], char text[29]) {
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t padded[21] = {0};
    memcpy(padded, digest, 20);
    for (int i = 0; i < 7; i++) {
        uint32_t group = (uint32_t)padded[3 * i] << 16 | padded[3 * i + 1] << 8 | padded[3 * i + 2];
        for (int j = 0; j < 4; j++) text[4 * i + j] = alphabet[group >> (18 - 6 * j) & 63];
    }
    strcpy(text + 27, "=");
}

/// Answers the opening handshake (RFC 6455 §4.2.2); returns the bytes taken, −1 to close.
static ssize_t client_upgrade(struct client *client) {
    static const char field[] = "Sec-WebSocket-Key: ";
    static const char suffix[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    uint8_t *end = memmem(client->input, client->length, "\r\n\r\n", 4);
    if (!end) return client->length < INPUT_BYTES ? 0 : -1;
    size_t taken = (size_t)(end + 4 - client->input);
    uint8_t *key = memmem(client->input, taken, field, sizeof field - 1);
    if (!key || key + sizeof field - 1 + 24 > end) return -1;
    char proof[24 + sizeof suffix], answer[256], accept[29];
    memcpy(proof, key + sizeof field - 1, 24);
    memcpy(proof + 24, suffix, sizeof suffix);
    uint8_t digest[20];
    sha1(proof, sizeof proof - 1, digest);
    base64_of_digest(digest, accept);
    int length = snprintf(answer, sizeof answer,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: %s\r\n\r\n", accept);
    if (send(client->fd, answer, (size_t)length, MSG_NOSIGNAL) != length) return -1;
    client->upgraded = true;
    client->cursor = published;
    return (ssize_t)taken;
}

/// Appends one broadcast: the message, unmasked, and spaces up to the payload's size.
static void broadcast(const struct frame *frame) {
    uint8_t *at = ring + published % RING_BYTES;
    size_t total = frame->length > payload_bytes ? frame->length : payload_bytes;
    size_t header = frame_header(at, OPCODE_TEXT, total, false);
    for (size_t i = 0; i < frame->length; i++)
        at[header + i] = frame->payload[i] ^ frame->mask[i & 3];
    memset(at + header + frame->length, ' ', total - frame->length);
    published += header + total;
}

/// Takes what one read brought; false to close.
static bool client_receive(struct client *client) {
    ssize_t n = recv(client->fd, client->input + client->length, INPUT_BYTES - client->length, 0);
    if (n <= 0) return n < 0 && errno == EAGAIN;
    client->length += (size_t)n;
    size_t taken = 0;
    if (!client->upgraded) {
        ssize_t head = client_upgrade(client);
        if (head <= 0) return head == 0;
        taken = (size_t)head;
    }
    struct frame frame;
    while (frame_decode(client->input + taken, client->length - taken, &frame)) {
        if (frame.opcode != OPCODE_TEXT || !frame.mask) return false;
        broadcast(&frame);
        taken += frame.total;
    }
    client->length -= taken;
    memmove(client->input, client->input + taken, client->length);
    return client->length < INPUT_BYTES;
}

/// Sends all that the client has not had yet, in one call; false to close.
static bool client_flush(struct client *client) {
    uint64_t pending = published - client->cursor;
    if (pending > RING_BYTES) return false;
    ssize_t n = send(client->fd, ring + client->cursor % RING_BYTES, pending, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) return false;
    client->cursor += n < 0 ? 0 : (uint64_t)n;
    client_watch(client, client->cursor != published);
    return true;
}

static void flush_all(void) {
    for (uint32_t i = client_count; i-- > 0;) {
        struct client *client = clients[i];
        if (!client->upgraded || client->cursor == published || client->wants_writable) continue;
        if (!client_flush(client)) client_close(client);
    }
}

static int listen_on(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    struct sockaddr_in address = loopback(port);
    socklen_t size = sizeof address;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, size) || listen(fd, 4096)) fail("listen");
    getsockname(fd, (struct sockaddr *)&address, &size);
    printf("listening on http://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

int main(int argc, char **argv) {
    if (argc != 3) return fprintf(stderr, "usage: floor PORT PAYLOAD_BYTES\n"), 64;
    payload_bytes = (size_t)atoi(argv[2]);
    if (payload_bytes > INPUT_BYTES) return fprintf(stderr, "too large a payload\n"), 64;
    ring = map_ring();
    epoll_fd = epoll_create1(0);
    int listener = listen_on(atoi(argv[1]));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[EVENTS_MAX];
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(epoll_fd, events, EVENTS_MAX, -1);
        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            bool open = true;
            if (!client) {
                accept_all(listener);
                continue;
            }
            if (events[i].events & EPOLLOUT) open = client_flush(client);
            if (open && events[i].events & ~(uint32_t)EPOLLOUT) open = client_receive(client);
            if (!open) client_close(client);
        }
        flush_all();
    }
}
