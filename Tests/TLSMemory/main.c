// Holds the TLS shim to its memory: handshakes with every kind of key, in full and resumed, with
// every single allocation failing in turn. It is linked as the release is, with calloc and free
// sent to the arenas, and runs with each version of mbedTLS (run.sh).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CMbedTLS.h"
#include "TLSClient.h"

void *__real_calloc(size_t, size_t);
void __real_free(void *);

// Allocations of the shim so far, and the one that finds no memory (0 for none).
static size_t allocations, failing;

void *__wrap_calloc(size_t count, size_t bytes) {
    if (!concord_arena_is_used()) return __real_calloc(count, bytes);
    allocations++;
    return allocations == failing ? NULL : concord_arena_allocate(count, bytes);
}

void __wrap_free(void *block) {
    if (!concord_arena_free(block)) __real_free(block);
}

static void check(bool holds, const char *what) {
    if (holds) return;
    fprintf(stderr, "FAILED: %s\n", what);
    exit(1);
}

static uint8_t *read_file(const char *path, size_t *count) {
    FILE *file = fopen(path, "rb");
    check(file != NULL, path);
    uint8_t *bytes = __real_calloc(1, 32 << 10);
    *count = fread(bytes, 1, (32 << 10) - 1, file);
    fclose(file);
    return bytes;
}

static concord_tls *tls;
static uint8_t *chain, *key;
static size_t chain_count, key_count;

static void to_client(concord_tls_session *session, tls_client *client) {
    size_t count;
    const uint8_t *pending = concord_tls_pending(session, &count);
    if (count == 0) return;
    tls_client_give(client, pending, count);
    concord_tls_sent(session, count);
}

static void to_server(concord_tls_session *session, tls_client *client) {
    size_t room;
    uint8_t *window = concord_tls_window(session, &room);
    concord_tls_received(session, tls_client_take(client, window, room));
}

// Shakes hands, sends a record each way, and ends; whether all of it went well.
static bool visit(tls_client *client) {
    concord_tls_session *session = concord_tls_session_at(tls, 0);
    if (!concord_tls_begin(session)) {
        concord_tls_end(session);
        return false;
    }
    bool is_done = false, is_broken = false;
    int client_result = TLS_CLIENT_WANTS_INPUT;
    for (int round = 0; round < 40 && !is_broken; round++) {
        if (client_result == TLS_CLIENT_WANTS_INPUT) client_result = tls_client_handshake(client);
        to_server(session, client);
        size_t steps = 1;
        if (!is_done) {
            enum concord_tls_result result = concord_tls_handshake(session, &steps);
            is_done = result == CONCORD_TLS_DONE;
            is_broken = result == CONCORD_TLS_FAILED;
        }
        to_client(session, client);
        if (is_done && client_result == 0) break;
    }
    uint8_t bytes[20000] = "hello";
    bool is_good = is_done && client_result == 0 && tls_client_write(client, bytes, 5);
    if (is_good) {
        to_server(session, client);
        is_good = concord_tls_read(session, bytes, sizeof bytes) == 5;
    }
    if (is_good) {
        size_t before = allocations;
        is_good = concord_tls_write(session, bytes, 16000) == 16000;
        to_client(session, client);
        is_good = is_good && tls_client_read(client, bytes, sizeof bytes) == 16000;
        check(!is_good || allocations == before, "a record allocates nothing");
        concord_tls_close(session);
        to_client(session, client);
    }
    concord_tls_end(session);
    return is_good;
}

static bool visit_anew(tls_client *earlier) {
    tls_client *client = tls_client_make(chain, chain_count + 1);
    if (earlier) tls_client_resume(client, earlier);
    bool is_good = visit(client);
    tls_client_free(client);
    return is_good;
}

// Whether a client that comes back is spared the signature.
static bool is_resumable(tls_client *earlier) {
    return visit_anew(earlier) && concord_tls_was_resumed(concord_tls_session_at(tls, 0));
}

static void try_kind(const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s.pem", name);
    chain = read_file(path, &chain_count);
    snprintf(path, sizeof path, "%s.key", name);
    key = read_file(path, &key_count);

    // Reading an identity, with each allocation failing: the one before stays.
    failing = 0;
    check(concord_tls_identify(tls, chain, chain_count, key, key_count)
              == CONCORD_TLS_IDENTITY_GOOD, name);
    size_t refused = 0;
    for (size_t at = 1;; at++) {
        allocations = 0;
        failing = at;
        enum concord_tls_identity_state state =
            concord_tls_identify(tls, chain, chain_count, key, key_count);
        failing = 0;
        // Signing takes thousands; those behind the parsing are tried here and there.
        if (at > 400) at += at / 3;
        if (allocations < at && state == CONCORD_TLS_IDENTITY_GOOD) break;
        if (state != CONCORD_TLS_IDENTITY_GOOD) refused++;
    }
    check(refused > 20, "an identity without memory is refused");
    check(visit_anew(NULL), "the identity is shown");

    // Handshakes, likewise: the peer is refused, and the next is served.
    tls_client *earlier = tls_client_make(chain, chain_count + 1);
    check(visit(earlier), "a handshake");
    for (int is_resumed = 0; is_resumed < 2; is_resumed++) {
        refused = 0;
        for (size_t at = 1;; at++) {
            allocations = 0;
            failing = at;
            bool is_good = visit_anew(is_resumed ? earlier : NULL);
            bool was_reached = allocations >= at;
            failing = 0;
            if (!is_good) refused++;
            if (!visit_anew(NULL)) check(visit_anew(NULL), "the next peer is served");
            if (!was_reached) break;
            if (at > 60) at += at / 8;
        }
        printf("%-8s %s: %zu refused for want of memory\n", name,
               is_resumed ? "resumed" : "in full", refused);
    }
    check(is_resumable(earlier), "it comes back");
    for (int round = 0; round < 20; round++) check(visit_anew(round % 2 ? earlier : NULL), "again");
    tls_client_free(earlier);
}

int main(int count, char **names) {
    size_t bytes = concord_tls_bytes(1);
    uint8_t *memory = aligned_alloc(16, (bytes + 15) / 16 * 16);
    tls = concord_tls_make(memory, 1);
    check(tls != NULL, "the context");
    printf("%s\n", concord_tls_library());
    for (int index = 1; index < count; index++) try_kind(names[index]);
    size_t session = concord_tls_session_high_water(tls);
    size_t identity = concord_tls_identity_high_water(tls);
    printf("a session used %zu of its %zu bytes, an identity %zu of %d\n", session,
           concord_tls_session_bytes(), identity, CONCORD_TLS_IDENTITY_BYTES);
    // Some room is left for what was not tried, but not so much that the plan tells tales.
    check(session + 2048 <= concord_tls_session_bytes(), "there is room to spare");
    check(session + 16384 >= concord_tls_session_bytes(), "there is not too much of it");
    concord_tls_free(tls);
    puts("passed");
}
