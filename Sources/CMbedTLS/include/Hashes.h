// Hash functions of mbedTLS, without its types: the library's headers differ between
// its versions, these declarations do not. Nothing here allocates.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Room for the library's own context, which holds no pointer and may be copied.
typedef struct {
    uint64_t opaque[14];
} concord_sha256_state;

void concord_sha256_start(concord_sha256_state *state);
void concord_sha256_update(concord_sha256_state *state, const uint8_t *bytes, size_t count);
// The digest of everything so far; the state is spent afterwards.
void concord_sha256_finish(concord_sha256_state *state, uint8_t digest[static 32]);

// SHA-1 of two pieces joined.
void concord_sha1(const uint8_t *first, size_t first_count, const uint8_t *second,
                  size_t second_count, uint8_t digest[static 20]);

// `rounds` steps of the iteration in RFC 8018 §5.2: block = HMAC(password, block), folded
// into key. `inner` and `outer` have taken the password's two padded blocks.
void concord_pbkdf2_advance(const concord_sha256_state *inner, const concord_sha256_state *outer,
                            uint8_t block[static 32], uint8_t key[static 32], size_t rounds);

// Compares in a time that depends on `count` alone.
bool concord_constant_time_equal(const uint8_t *left, const uint8_t *right, size_t count);
