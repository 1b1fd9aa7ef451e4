// A TLS client over memory, for tests: mbedTLS's own, which shares no line with the server's shim.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tls_client tls_client;

enum tls_client_result {
    TLS_CLIENT_WANTS_INPUT = -1,
    TLS_CLIENT_ENDED = -2,
    TLS_CLIENT_FAILED = -3,
};

// Trusts this certificate (PEM, its zero counted) alone, for the name "localhost".
tls_client *tls_client_make(const uint8_t *trusted, size_t count);
void tls_client_free(tls_client *client);

// Before the handshake. The lists end with a zero; the names are the library's or the RFC's.
void tls_client_offer_suites(tls_client *client, const int *suites);
void tls_client_offer_protocol(tls_client *client, const char *protocol);
// Records of so many bytes at most: 512, 1024, 2048 or 4096 (RFC 6066 §4).
void tls_client_limit_records(tls_client *client, int bytes);
void tls_client_limit_version(tls_client *client, bool is_old);
// Comes back with what an earlier one was given.
void tls_client_resume(tls_client *client, tls_client *earlier);

// 0 when it is done; WANTS_INPUT or FAILED.
int tls_client_handshake(tls_client *client);
// Bytes read, more than 0; WANTS_INPUT, ENDED or FAILED.
int64_t tls_client_read(tls_client *client, uint8_t *bytes, size_t capacity);
// All of it, in as many records as it takes; false if the session is broken.
bool tls_client_write(tls_client *client, const uint8_t *bytes, size_t count);
void tls_client_close(tls_client *client);
// Asks for a new handshake on an open session (TLS 1.2).
void tls_client_renegotiate(tls_client *client);

// What it sends and has not been taken; what it is sent.
size_t tls_client_take(tls_client *client, uint8_t *bytes, size_t capacity);
void tls_client_give(tls_client *client, const uint8_t *bytes, size_t count);

const char *tls_client_suite(const tls_client *client);
const char *tls_client_version(const tls_client *client);
// The protocol chosen by ALPN, or null.
const char *tls_client_protocol(const tls_client *client);
// The description of the fatal alert that came, or -1.
int tls_client_alert(const tls_client *client);
