#include <string.h>

#include "TLSShared.h"

// One peer. The library reads from the session's window and leaves what it writes in its own
// buffer, where it stays until we say that it was sent: to the library we are a socket that
// accepts nothing until it is asked again.

static size_t aligned(size_t bytes) { return (bytes + 15) / 16 * 16; }

// MARK: What the library calls

static int take_input(void *context, unsigned char *bytes, size_t capacity) {
    concord_tls_session *session = context;
    size_t count = session->window_end - session->window_start;
    if (count == 0) return MBEDTLS_ERR_SSL_WANT_READ;
    if (count > capacity) count = capacity;
    memcpy(bytes, session->window + session->window_start, count);
    session->window_start += count;
    if (session->window_start == session->window_end)
        session->window_start = session->window_end = 0;
    return (int)count;
}

static int leave_output(void *context, const unsigned char *bytes, size_t count) {
    concord_tls_session *session = context;
    if (session->sent > 0) {
        if (count > session->sent) count = session->sent;
        session->sent -= count;
        return (int)count;
    }
    session->pending = bytes;
    session->pending_count = count;
    return MBEDTLS_ERR_SSL_WANT_WRITE;
}

// MARK: Beginning and end

static void set_up(concord_tls *tls, concord_tls_session *session) {
    size_t own = aligned(sizeof *session);
    memset(session, 0, sizeof *session);
    session->tls = tls;
    session->arena =
        concord_arena_make((uint8_t *)session + own, SESSION_BYTES - own);
    mbedtls_ssl_init(&session->ssl);
    concord_arena *outer = concord_arena_use(session->arena);
    session->is_clean = mbedtls_ssl_setup(&session->ssl, &tls->configuration) == 0;
    concord_arena_use(outer);
    mbedtls_ssl_set_bio(&session->ssl, session, leave_output, take_input, NULL);
}

concord_tls_session *concord_tls_session_at(concord_tls *tls, size_t index) {
    if (index >= tls->session_count) __builtin_trap();
    concord_tls_session *session =
        (concord_tls_session *)(tls->sessions + index * SESSION_BYTES);
    if (!tls->is_set_up[index]) set_up(tls, session);
    tls->is_set_up[index] = true;
    return session;
}

bool concord_tls_begin(concord_tls_session *session) {
    concord_tls_identity *identity = session->tls->identity;
    if (!identity || !session->is_clean) return false;
    concord_arena *outer = concord_arena_use(session->arena);
    // For this handshake alone: another may show another identity.
    int error = mbedtls_ssl_set_hs_own_cert(&session->ssl, &identity->chain, &identity->key);
    concord_arena_use(outer);
    if (error) return false;
    identity->users++;
    session->identity = identity;
    session->has_signed = false;
    session->sending_count = 0;
    return true;
}

static void leave_identity(concord_tls_session *session) {
    if (session->identity) session->identity->users--;
    session->identity = NULL;
}

void concord_tls_end(concord_tls_session *session) {
    leave_identity(session);
    session->window_start = session->window_end = 0;
    session->pending_count = session->sent = 0;
    concord_arena *outer = concord_arena_use(session->arena);
    session->is_clean = mbedtls_ssl_session_reset(&session->ssl) == 0;
    concord_arena_use(outer);
}

// MARK: Input

uint8_t *concord_tls_window(concord_tls_session *session, size_t *room) {
    if (session->window_start > 0) {
        session->window_end -= session->window_start;
        memmove(session->window, session->window + session->window_start, session->window_end);
        session->window_start = 0;
    }
    *room = sizeof session->window - session->window_end;
    return session->window + session->window_end;
}

void concord_tls_received(concord_tls_session *session, size_t count) {
    if (count > sizeof session->window - session->window_end) __builtin_trap();
    session->window_end += count;
}

bool concord_tls_has_input(const concord_tls_session *session) {
    return session->window_end > session->window_start
        || mbedtls_ssl_get_bytes_avail(&session->ssl) > 0
        || mbedtls_ssl_check_pending(&session->ssl);
}

// What is pending leaves whole before the library goes on, and it goes on in the next state. But
// mbedTLS 3.6 says an alert for ever that was not taken when it was first said: it failed then.
enum { SENDS_IN_ONE_STATE_MAX = 4 };

static bool repeats_itself(concord_tls_session *session) {
    int state = session->ssl.MBEDTLS_PRIVATE(state);
    if (session->sending_state != state) session->sending_count = 0;
    session->sending_state = state;
    return ++session->sending_count > SENDS_IN_ONE_STATE_MAX;
}

// MARK: The handshake

static bool is_tls13(const mbedtls_ssl_context *ssl) {
#if MBEDTLS_VERSION_NUMBER >= 0x03020000
    return mbedtls_ssl_get_version_number(ssl) == MBEDTLS_SSL_VERSION_TLS1_3;
#else
    (void)ssl;
    return false;
#endif
}

static bool is_over(const mbedtls_ssl_context *ssl) {
    return ssl->MBEDTLS_PRIVATE(state) == MBEDTLS_SSL_HANDSHAKE_OVER;
}

// Whether the step that is due computes with a private key (RFC 5246 §7.4.3, RFC 8446 §4.4.3).
static bool signs(const mbedtls_ssl_context *ssl) {
    int state = ssl->MBEDTLS_PRIVATE(state);
    return state == MBEDTLS_SSL_SERVER_KEY_EXCHANGE
        || (is_tls13(ssl) && state == MBEDTLS_SSL_CERTIFICATE_VERIFY);
}

// Or exchanges keys (RFC 5246 §7.4.7, RFC 8446 §4.2.8).
static bool exchanges_keys(const mbedtls_ssl_context *ssl) {
    int state = ssl->MBEDTLS_PRIVATE(state);
    return state == MBEDTLS_SSL_CLIENT_KEY_EXCHANGE
        || (is_tls13(ssl) && state == MBEDTLS_SSL_SERVER_HELLO);
}

enum concord_tls_result concord_tls_handshake(concord_tls_session *session, size_t *steps) {
    mbedtls_ssl_context *ssl = &session->ssl;
    while (!is_over(ssl)) {
        if (session->pending_count > 0) return CONCORD_TLS_WANTS_OUTPUT;
        int state = ssl->MBEDTLS_PRIVATE(state);
        bool is_signature = signs(ssl);
        bool is_costly = is_signature || exchanges_keys(ssl);
        if (is_costly && *steps == 0) return CONCORD_TLS_WANTS_STEP;
        concord_arena *outer = concord_arena_use(session->arena);
        int error = mbedtls_ssl_handshake_step(ssl);
        concord_arena_use(outer);
        if (is_costly && ssl->MBEDTLS_PRIVATE(state) != state) *steps -= 1;
        if (is_signature) session->has_signed = true;
        if (error == MBEDTLS_ERR_SSL_WANT_READ) {
            session->sending_count = 0;
            return CONCORD_TLS_WANTS_INPUT;
        }
        if (error && error != MBEDTLS_ERR_SSL_WANT_WRITE) return CONCORD_TLS_FAILED;
        if (error && repeats_itself(session)) return CONCORD_TLS_FAILED;
    }
    if (session->pending_count > 0) return CONCORD_TLS_WANTS_OUTPUT;
    leave_identity(session);
    return CONCORD_TLS_DONE;
}

// What is read as the header of the first record begins a request line (RFC 9112 §3).
bool concord_tls_spoke_http(const concord_tls_session *session) {
    const uint8_t *header = session->ssl.MBEDTLS_PRIVATE(in_hdr);
    for (size_t index = 0; index < 3; index++)
        if (header[index] < 'A' || header[index] > 'Z') return false;
    return true;
}

bool concord_tls_was_resumed(const concord_tls_session *session) { return !session->has_signed; }

// MARK: Records

int64_t concord_tls_read(concord_tls_session *session, uint8_t *bytes, size_t capacity) {
    bool was_pending = session->pending_count > 0;
    concord_arena *outer = concord_arena_use(session->arena);
    int count;
    // It also asks for more when it has taken a message that is not plaintext.
    do count = mbedtls_ssl_read(&session->ssl, bytes, capacity);
    while (count == MBEDTLS_ERR_SSL_WANT_READ && session->window_end > session->window_start);
    concord_arena_use(outer);
    if (count > 0 || count == MBEDTLS_ERR_SSL_WANT_READ) session->sending_count = 0;
    if (count > 0) return count;
    switch (count) {
    case MBEDTLS_ERR_SSL_WANT_READ: return CONCORD_TLS_WANTS_INPUT;
    // It answers a warning; or is wrong, and does not read what is pending.
    case MBEDTLS_ERR_SSL_WANT_WRITE:
        return was_pending || repeats_itself(session) ? CONCORD_TLS_FAILED
                                                      : CONCORD_TLS_WANTS_OUTPUT;
    case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY: return CONCORD_TLS_ENDED;
    default: return CONCORD_TLS_FAILED;
    }
}

int64_t concord_tls_write(concord_tls_session *session, const uint8_t *bytes, size_t count) {
    if (session->pending_count > 0) __builtin_trap();
    concord_arena *outer = concord_arena_use(session->arena);
    // Less than CONCORD_TLS_RECORD_BYTES if the peer wants it so (RFC 6066 §4).
    int record = mbedtls_ssl_get_max_out_record_payload(&session->ssl);
    if (record > 0 && count > (size_t)record) count = (size_t)record;
    int error = mbedtls_ssl_write(&session->ssl, bytes, count);
    concord_arena_use(outer);
    // All of it is in the record by now.
    return error == MBEDTLS_ERR_SSL_WANT_WRITE ? (int64_t)count : CONCORD_TLS_FAILED;
}

void concord_tls_close(concord_tls_session *session) {
    if (session->pending_count > 0) __builtin_trap();
    concord_arena *outer = concord_arena_use(session->arena);
    mbedtls_ssl_close_notify(&session->ssl);
    concord_arena_use(outer);
}

const uint8_t *concord_tls_pending(const concord_tls_session *session, size_t *count) {
    *count = session->pending_count;
    return session->pending;
}

void concord_tls_sent(concord_tls_session *session, size_t count) {
    if (count > session->pending_count) __builtin_trap();
    session->pending += count;
    session->pending_count -= count;
    session->sent += count;
    if (session->pending_count > 0 || !is_over(&session->ssl)) return;
    // Tells the library: with something to send it sends that, and no alert.
    concord_arena *outer = concord_arena_use(session->arena);
    mbedtls_ssl_send_alert_message(&session->ssl, MBEDTLS_SSL_ALERT_LEVEL_WARNING,
                                   MBEDTLS_SSL_ALERT_MSG_CLOSE_NOTIFY);
    concord_arena_use(outer);
}

// MARK: Figures

size_t concord_tls_session_high_water(concord_tls *tls) {
    size_t most = 0;
    for (size_t index = 0; index < tls->session_count; index++) {
        if (!tls->is_set_up[index]) continue;
        concord_tls_session *session = concord_tls_session_at(tls, index);
        size_t taken = aligned(sizeof *session) + concord_arena_high_water(session->arena);
        if (taken > most) most = taken;
    }
    return most;
}

size_t concord_tls_identity_high_water(concord_tls *tls) {
    size_t most = 0;
    for (size_t index = 0; index < CONCORD_TLS_IDENTITIES; index++) {
        size_t taken = concord_arena_high_water(tls->identities[index].arena);
        if (taken > most) most = taken;
    }
    return most;
}
