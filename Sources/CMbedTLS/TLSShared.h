// What the files of the TLS shim share: mbedTLS's types stay behind this header.
#pragma once
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>

#include "Arena.h"
#include "TLS.h"

// Since 3.0 the fields of the library's types are private, and named by this macro.
#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(field) field
#endif

// The region of a session. The most seen is what RSA of 4096 bits asks for, 50 KiB; since 3.0 the
// library copies each buffer that it has PSA write to, and one of them is a record's.
enum {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    SESSION_BYTES = 68 * 1024,
#else
    SESSION_BYTES = 56 * 1024,
#endif
};

// A certificate chain and its key, and the handshakes that are under way with them.
struct concord_tls_identity {
    concord_arena *arena;
    mbedtls_x509_crt chain;
    mbedtls_pk_context key;
    int64_t signature_us;
    size_t users;
};

struct concord_tls {
    concord_arena *arena;
    mbedtls_ssl_config configuration;
    mbedtls_ssl_ticket_context tickets;
    concord_tls_identity identities[CONCORD_TLS_IDENTITIES];
    // What new handshakes show; null at first.
    concord_tls_identity *identity;
    uint8_t *sessions;
    size_t session_count;
    // Of each session: a region is not touched before it is first used.
    bool *is_set_up;
};

struct concord_tls_session {
    concord_tls *tls;
    concord_arena *arena;
    mbedtls_ssl_context ssl;
    // Of the handshake; null after it.
    concord_tls_identity *identity;
    bool is_clean;
    bool has_signed;
    // Ciphertext that arrived and was not read.
    size_t window_start;
    size_t window_end;
    // Ciphertext to be sent: it lies in the library's own buffer. And how much of it was sent
    // that the library does not know of.
    const uint8_t *pending;
    size_t pending_count;
    size_t sent;
    // The state in which the library last had something to be sent, and how often in a row.
    int sending_state;
    unsigned sending_count;
    uint8_t window[CONCORD_TLS_WINDOW_BYTES];
};

// Random numbers from the kernel, as the library asks for them.
int concord_tls_random(void *unused, unsigned char *bytes, size_t count);

// A clock that never jumps.
int64_t concord_tls_now_ns(void);

// Forgets what an identity holds.
void concord_tls_identity_clear(concord_tls_identity *identity);
