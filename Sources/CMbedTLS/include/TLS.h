// TLS for servers over memory: TLS 1.2 (RFC 5246), and 1.3 (RFC 8446) where the mbedTLS at hand
// has it, without its types. Nothing here does I/O, but for the kernel's random numbers.
//
// All memory is given once, to `concord_tls_make`: a part that sessions share, two identities, and
// a region for each session, which holds all that the library will ever ask for on its behalf.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct concord_tls concord_tls;
typedef struct concord_tls_identity concord_tls_identity;
typedef struct concord_tls_session concord_tls_session;

enum {
    // Configuration, and the keys of session tickets.
    CONCORD_TLS_SHARED_BYTES = 12 * 1024,
    // A chain of certificates and its key.
    CONCORD_TLS_IDENTITY_BYTES = 64 * 1024,
    CONCORD_TLS_IDENTITIES = 2,
    // Ciphertext that has arrived and is not yet decrypted; the rest waits in the kernel.
    CONCORD_TLS_WINDOW_BYTES = 2 * 1024,
    // The longest plaintext of a record (RFC 8446 §5.1).
    CONCORD_TLS_RECORD_BYTES = 16 * 1024,
    // How long a ticket is good for, and after how long its key is replaced, in seconds.
    CONCORD_TLS_TICKET_SECONDS = 12 * 60 * 60,
};

// Of one session: its buffers, and what its handshake takes at the worst.
size_t concord_tls_session_bytes(void);
// Of everything.
size_t concord_tls_bytes(size_t sessions);
// Null if the library fails. `memory` has so many bytes, aligned to 16.
concord_tls *concord_tls_make(uint8_t *memory, size_t sessions);
void concord_tls_free(concord_tls *tls);
// The name and version of the library.
const char *concord_tls_library(void);

// Identities (TLSIdentity.c)

enum concord_tls_identity_state {
    CONCORD_TLS_IDENTITY_GOOD,
    // No certificate in PEM or DER, or a damaged one, or too many.
    CONCORD_TLS_CHAIN_INVALID,
    // The first certificate's key is none of RSA (2048 to 4096 bits), EC P-256 and P-384.
    CONCORD_TLS_CHAIN_UNSUPPORTED,
    CONCORD_TLS_KEY_INVALID,
    CONCORD_TLS_KEY_ENCRYPTED,
    // The key is not the one in the first certificate.
    CONCORD_TLS_KEY_OF_ANOTHER,
};

// False while handshakes with the identity before the present one are under way.
bool concord_tls_can_identify(const concord_tls *tls);
// Reads a chain (the server's own certificate first) and its private key, each in PEM or DER and
// followed by a zero that does not count. If both are good, handshakes from now on show them;
// else all stays as it was. Only when it can.
enum concord_tls_identity_state concord_tls_identify(
    concord_tls *tls, const uint8_t *chain, size_t chain_count, const uint8_t *key,
    size_t key_count);

// Whether each certificate of the present identity is issued by who is named in the next one.
bool concord_tls_chain_is_linked(const concord_tls *tls);

// What one signature with the present identity takes, in microseconds: at least 1.
int64_t concord_tls_signature_us(const concord_tls *tls);

// Sessions (TLSSession.c)

enum concord_tls_result {
    // The handshake is done.
    CONCORD_TLS_DONE = 0,
    // More must arrive first.
    CONCORD_TLS_WANTS_INPUT = -1,
    // What is pending must leave first.
    CONCORD_TLS_WANTS_OUTPUT = -2,
    // The next step computes with keys, and `steps` are used up.
    CONCORD_TLS_WANTS_STEP = -3,
    // The peer has said that it sends no more (close_notify).
    CONCORD_TLS_ENDED = -4,
    // An alert may be pending.
    CONCORD_TLS_FAILED = -5,
};

// One of the sessions: the same for the same index.
concord_tls_session *concord_tls_session_at(concord_tls *tls, size_t index);
// Prepares a session for a new peer; false if there is no identity, or no memory.
bool concord_tls_begin(concord_tls_session *session);
// Forgets the peer, and everything that came from it.
void concord_tls_end(concord_tls_session *session);

// Where ciphertext may be written to, and how much of it has been.
uint8_t *concord_tls_window(concord_tls_session *session, size_t *room);
void concord_tls_received(concord_tls_session *session, size_t count);

// Takes the handshake as far as it goes: DONE, WANTS_…, or FAILED. Each step with a private key or
// a key exchange uses up one of `steps`.
enum concord_tls_result concord_tls_handshake(concord_tls_session *session, size_t *steps);
// After a handshake that failed: whether what came was a request of HTTP without TLS.
bool concord_tls_spoke_http(const concord_tls_session *session);
// After the handshake: whether it was spared its signature by a ticket.
bool concord_tls_was_resumed(const concord_tls_session *session);

// Plaintext into `bytes`: how many, more than 0, or WANTS_INPUT, ENDED or FAILED.
int64_t concord_tls_read(concord_tls_session *session, uint8_t *bytes, size_t capacity);
// Whether there is plaintext to read, or ciphertext that may become some.
bool concord_tls_has_input(const concord_tls_session *session);

// Makes one record of at most so many bytes; how many, or FAILED. Nothing may be pending.
int64_t concord_tls_write(concord_tls_session *session, const uint8_t *bytes, size_t count);
// Says that we send no more. Nothing may be pending.
void concord_tls_close(concord_tls_session *session);

// The ciphertext that is to be sent next, and how much of it was.
const uint8_t *concord_tls_pending(const concord_tls_session *session, size_t *count);
void concord_tls_sent(concord_tls_session *session, size_t count);

// The most that any session, or an identity, has taken of its memory so far.
size_t concord_tls_session_high_water(concord_tls *tls);
size_t concord_tls_identity_high_water(concord_tls *tls);
