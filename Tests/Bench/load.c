// The load generator: many WebSocket clients in one thread, some of which write. It counts
// what every client receives, and times it at a sample of them.
//
//   load -p PORT -n CLIENTS [-s SENDERS] [-k IN_FLIGHT] [-c CHANNEL -t TOKENS_FILE] [-a TRUSTED] [-u]
//
// With -u each message has a nonce of its own. With the certificate of an authority (PEM) the clients come over TLS.
// Without a channel the peer is the floor, which repeats what it is sent. When all clients are
// connected and quiet it prints "ready"; then each line "run MESSAGES SECONDS" on its standard
// input is one run, answered by one line of JSON. It ends with its standard input.
#define _GNU_SOURCE
#include "wire.h"
#include "TLSClient.h"

#include <inttypes.h>
#include <sys/epoll.h>

enum {
    CLIENTS_MAX = 20000,
    SENDERS_MAX = 100,
    IN_FLIGHT_MAX = 256,
    SEQUENCES = 4096,  // a message's number wraps here, far beyond what is in flight
    SAMPLED_CLIENTS = 32,
    SAMPLES_MAX = 4 << 20,
    CARRY_BYTES = 64 << 10,
    EVENTS_MAX = 512,
    HANDSHAKES_AT_ONCE = 32,
    CONNECT_SECONDS = 120,
    DRAIN_SECONDS = 10,
};

struct client {
    int fd;
    tls_client *tls;  // NULL without TLS
    uint8_t *request;  // waits for the handshake
    int sender;  // its place among the senders, −1 for a listener
    bool upgraded;
    bool sampled;
    uint8_t *carry;  // a frame that has not all arrived
    size_t carried;
};

struct sender {
    uint64_t sent_at[SEQUENCES];
    uint32_t sequence;
};

static struct client clients[CLIENTS_MAX];
static struct sender senders[SENDERS_MAX];
static uint32_t samples[SAMPLES_MAX];  // microseconds
static uint8_t inbox[CARRY_BYTES + (1 << 20)];
static uint8_t trusted[16 << 10];
static size_t trusted_length;
static int epoll_fd, port, client_total, sender_total = 0, in_flight = 1;
static bool has_nonces;
static const char *channel, *tokens_path, *trusted_path;
static int upgraded_count, lost_count;
static size_t sample_count, payload_bytes;
static uint64_t deliveries, sent, sent_max, stop_at, now;

static void client_lost(struct client *client, const char *why, int detail) {
    if (lost_count++ == 0) fprintf(stderr, "lost a client: %s %d\n", why, detail);
    close(client->fd);
    client->fd = -1;
}

static void send_all(struct client *client, const uint8_t *bytes, size_t length) {
    if (length == 0) return;
    if (send(client->fd, bytes, length, MSG_NOSIGNAL) != (ssize_t)length)
        client_lost(client, "send", errno);
}

/// Sends what TLS has made of what was written.
static void send_ciphertext(struct client *client) {
    static uint8_t ciphertext[1 << 20];
    send_all(client, ciphertext, tls_client_take(client->tls, ciphertext, sizeof ciphertext));
}

static void client_send(struct client *client, const uint8_t *bytes, size_t length) {
    if (!client->tls) return send_all(client, bytes, length);
    if (!tls_client_write(client->tls, bytes, length)) return client_lost(client, "TLS", 0);
    send_ciphertext(client);
}

/// Takes the handshake on; when it is done, sends the request that waits for it.
static void shake_hands(struct client *client) {
    int result = tls_client_handshake(client->tls);
    send_ciphertext(client);
    if (result == TLS_CLIENT_WANTS_INPUT) return;
    if (result) return client_lost(client, "no handshake", tls_client_alert(client->tls));
    client_send(client, client->request, strlen((char *)client->request));
    free(client->request);
    client->request = NULL;
}

/// Reads as much plaintext as has come; −1 with EAGAIN if that is none.
static ssize_t client_read(struct client *client, uint8_t *at, size_t capacity) {
    ssize_t n = recv(client->fd, at, capacity, MSG_DONTWAIT);
    if (!client->tls || n <= 0) return n;
    tls_client_give(client->tls, at, (size_t)n);
    if (client->request) shake_hands(client);
    size_t read = 0;
    int64_t piece = 0;
    while (!client->request && client->fd >= 0
           && (piece = tls_client_read(client->tls, at + read, capacity - read)) > 0)
        read += (size_t)piece;
    errno = EAGAIN;
    return read > 0 ? (ssize_t)read : piece == TLS_CLIENT_ENDED ? 0 : -1;
}

/// Writes one message into `at`: sender and sequence as a marker, then words.
static size_t encode_message(uint8_t *at, int sender, uint32_t sequence) {
    static uint32_t nonces;
    char content[128], nonce[32] = "", text[512];
    int length = snprintf(content, sizeof content, "~%03x.%03x %s", (unsigned)sender, sequence,
        "shall we meet at the river after work tomorrow?");
    if (has_nonces) snprintf(nonce, sizeof nonce, ",\"nonce\":\"%08x\"", ++nonces);
    if (channel)
        length = snprintf(text, sizeof text,
            "{\"type\":\"chat_written\",\"channelId\":%s,\"content\":\"%s\"%s}", channel, content,
            nonce);
    else
        memcpy(text, content, (size_t)length + 1);
    size_t header = frame_header(at, OPCODE_TEXT, (size_t)length, true);
    memcpy(at + header, text, (size_t)length);
    return header + (size_t)length;
}

/// Sends up to `count` messages in one write, as far as the run still wants them.
static void sender_write(struct client *client, int count) {
    static uint8_t outbox[IN_FLIGHT_MAX * 512];
    struct sender *sender = &senders[client->sender];
    size_t length = 0;
    now = monotonic_ns();
    for (; count > 0 && sent < sent_max && now < stop_at; count--, sent++) {
        uint32_t sequence = sender->sequence++ % SEQUENCES;
        sender->sent_at[sequence] = now;
        length += encode_message(outbox + length, client->sender, sequence);
    }
    if (length) client_send(client, outbox, length);
}

static bool is_delivery(const struct frame *frame) {
    static const char prefix[] = "{\"type\":\"chat_sent\"";
    if (frame->opcode != OPCODE_TEXT) return false;
    return !channel || (frame->length > sizeof prefix &&
                        memcmp(frame->payload, prefix, sizeof prefix - 1) == 0);
}

/// Reads the marker of a delivery; returns 1 if it is the client's own message.
static int take_sample(struct client *client, const struct frame *frame) {
    const char *marker = memchr(frame->payload, '~', frame->length);
    size_t left = marker ? frame->length - (size_t)((uint8_t *)marker - frame->payload) : 0;
    if (left < 9) return 0;
    int author = (int)strtol(marker + 1, NULL, 16);
    long sequence = strtol(marker + 5, NULL, 16);
    if (author < 0 || author >= sender_total || sequence < 0 || sequence >= SEQUENCES) return 0;
    if (client->sampled && sample_count < SAMPLES_MAX)
        samples[sample_count++] = (uint32_t)((now - senders[author].sent_at[sequence]) / 1000);
    payload_bytes = frame->length;
    return author == client->sender;
}

static void answer_control(struct client *client, const struct frame *frame) {
    uint8_t pong[160];
    if (frame->opcode == OPCODE_CLOSE)
        return client_lost(client, "closed",
            frame->length >= 2 ? frame->payload[0] << 8 | frame->payload[1] : 1005);
    if (frame->opcode != OPCODE_PING || frame->length > 125) return;
    size_t header = frame_header(pong, OPCODE_PONG, frame->length, true);
    memcpy(pong + header, frame->payload, frame->length);
    client_send(client, pong, header + frame->length);
}

/// Takes all whole frames; returns the bytes taken.
static size_t take_frames(struct client *client, uint8_t *bytes, size_t length) {
    struct frame frame;
    size_t taken = 0;
    int returned = 0;
    while (client->fd >= 0 && frame_decode(bytes + taken, length - taken, &frame)) {
        if (is_delivery(&frame)) {
            deliveries++;
            if (client->sampled || client->sender >= 0) returned += take_sample(client, &frame);
        } else {
            answer_control(client, &frame);
        }
        taken += frame.total;
    }
    if (returned > 0 && client->fd >= 0) sender_write(client, returned);
    return taken;
}

/// Takes the answer to the handshake; returns the bytes taken, 0 while it is incomplete.
static size_t take_upgrade(struct client *client, uint8_t *bytes, size_t length) {
    uint8_t *end = memmem(bytes, length, "\r\n\r\n", 4);
    if (!end) return 0;
    if (memcmp(bytes, "HTTP/1.1 101 ", 13)) {
        fprintf(stderr, "refused: %.*s\n", (int)length, bytes);
        exit(1);
    }
    client->upgraded = true;
    upgraded_count++;
    return (size_t)(end + 4 - bytes);
}

static void client_receive(struct client *client) {
    memcpy(inbox, client->carry, client->carried);
    ssize_t n = client_read(client, inbox + client->carried, 1 << 20);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return client_lost(client, "gone", n < 0 ? errno : 0);
    size_t length = client->carried + (size_t)n, taken = 0;
    now = monotonic_ns();
    if (!client->upgraded) taken = take_upgrade(client, inbox, length);
    if (client->upgraded) taken += take_frames(client, inbox + taken, length - taken);
    client->carried = length - taken;
    if (client->carried > CARRY_BYTES) return client_lost(client, "too large a frame", 0);
    if (client->carried && !client->carry) client->carry = malloc(CARRY_BYTES);
    if (client->carried) memcpy(client->carry, inbox + taken, client->carried);
}

/// Serves all ready clients once. True when the standard input has a line or has ended.
static bool turn(int timeout_ms, int *served) {
    struct epoll_event events[EVENTS_MAX];
    int ready = epoll_wait(epoll_fd, events, EVENTS_MAX, timeout_ms);
    bool command = false;
    *served = ready;
    for (int i = 0; i < ready; i++) {
        struct client *client = events[i].data.ptr;
        if (!client) command = true;
        else if (client->fd >= 0) client_receive(client);
    }
    return command;
}

static void watch(int fd, struct client *client) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event)) fail("epoll_ctl");
}

static void client_connect(struct client *client, const char *token) {
    char request[2048];
    struct sockaddr_in address = loopback(port);
    client->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&address, sizeof address))
        fail("connect");
    send_without_delay(client->fd);
    int length = snprintf(request, sizeof request,
        "GET /client?token=%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n", token, port);
    if (trusted_path) {
        client->tls = tls_client_make(trusted, trusted_length);
        client->request = (uint8_t *)strdup(request);
        shake_hands(client);
    } else {
        client_send(client, (uint8_t *)request, (size_t)length);
    }
    watch(client->fd, client);
}

static void read_trusted(void) {
    FILE *file = fopen(trusted_path, "r");
    if (!file) fail(trusted_path);
    trusted_length = fread(trusted, 1, sizeof trusted - 1, file) + 1;
    fclose(file);
}

/// The next token of the file, starting over at its end.
static const char *next_token(FILE *file) {
    static char token[1024];
    if (!file) return "";
    if (!fgets(token, sizeof token, file)) {
        rewind(file);
        if (!fgets(token, sizeof token, file)) fail("tokens");
    }
    token[strcspn(token, "\r\n")] = 0;
    return token;
}

/// Opens all clients, a few at a time, and waits until the greetings have passed.
static void connect_all(void) {
    FILE *tokens = tokens_path ? fopen(tokens_path, "r") : NULL;
    if (tokens_path && !tokens) fail(tokens_path);
    int stride = client_total / SAMPLED_CLIENTS + 1, served = 1;
    uint64_t deadline = monotonic_ns() + CONNECT_SECONDS * 1000000000ull;
    for (int i = 0; i < client_total; i++) {
        clients[i] = (struct client){.fd = -1, .sender = i < sender_total ? i : -1};
        clients[i].sampled = i % stride == 0;
        client_connect(&clients[i], next_token(tokens));
        while (i + 1 - upgraded_count >= HANDSHAKES_AT_ONCE && monotonic_ns() < deadline)
            turn(1000, &served);
    }
    while ((upgraded_count < client_total || served) && monotonic_ns() < deadline)
        turn(300, &served);
    if (upgraded_count < client_total || lost_count) exit(1);
    if (tokens) fclose(tokens);
}

static int by_value(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void report(uint64_t began, uint64_t expected) {
    qsort(samples, sample_count, sizeof *samples, by_value);
    uint32_t half = sample_count ? samples[sample_count / 2] : 0;
    uint32_t tail = sample_count ? samples[sample_count * 99 / 100] : 0;
    printf("{\"messages\":%" PRIu64 ",\"deliveries\":%" PRIu64 ",\"complete\":%s,\"lost\":%d,"
           "\"seconds\":%.6f,\"p50_us\":%u,\"p99_us\":%u,\"payload_bytes\":%zu}\n",
           sent, deliveries, deliveries == expected ? "true" : "false", lost_count,
           (double)(monotonic_ns() - began) / 1e9, half, tail, payload_bytes);
    fflush(stdout);
}

static void run(uint64_t messages, double seconds) {
    uint64_t began = monotonic_ns();
    int served;
    deliveries = sent = sample_count = 0;
    sent_max = messages;
    stop_at = began + (uint64_t)(seconds * 1e9);
    uint64_t deadline = stop_at + DRAIN_SECONDS * 1000000000ull;
    for (int i = 0; i < sender_total; i++)
        if (clients[i].fd >= 0) sender_write(&clients[i], in_flight);
    do turn(100, &served);
    while (monotonic_ns() < deadline && lost_count == 0 &&
           (deliveries < sent * (uint64_t)client_total ||
            (sent < sent_max && monotonic_ns() < stop_at)));
    report(began, sent * (uint64_t)client_total);
}

int main(int argc, char **argv) {
    for (int option; (option = getopt(argc, argv, "p:n:s:k:c:t:a:u")) != -1;) switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'n': client_total = atoi(optarg); break;
        case 's': sender_total = atoi(optarg); break;
        case 'k': in_flight = atoi(optarg); break;
        case 'c': channel = optarg; break;
        case 't': tokens_path = optarg; break;
        case 'a': trusted_path = optarg; break;
        case 'u': has_nonces = true; break;
        default: return 64;
    }
    if (!port || client_total > CLIENTS_MAX || sender_total > SENDERS_MAX ||
        sender_total > client_total || in_flight > IN_FLIGHT_MAX) return 64;
    if (trusted_path) read_trusted();
    epoll_fd = epoll_create1(0);
    connect_all();
    puts("ready");
    fflush(stdout);
    watch(STDIN_FILENO, NULL);
    for (int served;;) {
        char line[128];
        uint64_t messages;
        double seconds;
        if (!turn(-1, &served)) continue;
        ssize_t n = read(STDIN_FILENO, line, sizeof line - 1);
        if (n <= 0) return 0;
        line[n] = 0;
        if (sscanf(line, "run %" SCNu64 " %lf", &messages, &seconds) == 2) run(messages, seconds);
    }
}
