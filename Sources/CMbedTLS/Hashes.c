#include "Hashes.h"

#include <mbedtls/constant_time.h>
#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>
#include <mbedtls/version.h>

#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define mbedtls_sha1_starts mbedtls_sha1_starts_ret
#define mbedtls_sha1_update mbedtls_sha1_update_ret
#define mbedtls_sha1_finish mbedtls_sha1_finish_ret
#define mbedtls_sha256_starts mbedtls_sha256_starts_ret
#define mbedtls_sha256_update mbedtls_sha256_update_ret
#define mbedtls_sha256_finish mbedtls_sha256_finish_ret
#endif

_Static_assert(sizeof(mbedtls_sha256_context) <= sizeof(concord_sha256_state), "room");
_Static_assert(_Alignof(mbedtls_sha256_context) <= _Alignof(concord_sha256_state), "alignment");

static mbedtls_sha256_context *context(concord_sha256_state *state) {
    return (mbedtls_sha256_context *)state;
}

// Software hashing cannot fail; if a build of the library can, a wrong digest must not pass.
static void require(int result) {
    if (result != 0) __builtin_trap();
}

void concord_sha256_start(concord_sha256_state *state) {
    mbedtls_sha256_init(context(state));
    require(mbedtls_sha256_starts(context(state), 0));
}

void concord_sha256_update(concord_sha256_state *state, const uint8_t *bytes, size_t count) {
    require(mbedtls_sha256_update(context(state), bytes, count));
}

void concord_sha256_finish(concord_sha256_state *state, uint8_t digest[static 32]) {
    require(mbedtls_sha256_finish(context(state), digest));
}

void concord_sha1(const uint8_t *first, size_t first_count, const uint8_t *second,
                  size_t second_count, uint8_t digest[static 20]) {
    mbedtls_sha1_context sha1;
    mbedtls_sha1_init(&sha1);
    require(mbedtls_sha1_starts(&sha1));
    require(mbedtls_sha1_update(&sha1, first, first_count));
    require(mbedtls_sha1_update(&sha1, second, second_count));
    require(mbedtls_sha1_finish(&sha1, digest));
}

// Replaces `block` by its hash, continued from `start`.
static void hash_block(const concord_sha256_state *start, uint8_t block[static 32]) {
    concord_sha256_state state = *start;
    concord_sha256_update(&state, block, 32);
    concord_sha256_finish(&state, block);
}

void concord_pbkdf2_advance(const concord_sha256_state *inner, const concord_sha256_state *outer,
                            uint8_t block[static 32], uint8_t key[static 32], size_t rounds) {
    for (size_t round = 0; round < rounds; round++) {
        hash_block(inner, block);
        hash_block(outer, block);
        for (size_t index = 0; index < 32; index++) key[index] ^= block[index];
    }
}

bool concord_constant_time_equal(const uint8_t *left, const uint8_t *right, size_t count) {
    return mbedtls_ct_memcmp(left, right, count) == 0;
}
