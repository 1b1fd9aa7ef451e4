// What mbedTLS 2.28 and 3 do with keys, in one form: since 3.0 reading and comparing them is blinded
// too, a signature's buffer has a size, and what a key is made of is private.
#pragma once
#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>
#include <mbedtls/version.h>

// Where random numbers come from, in the library's own form.
struct concord_random {
    int (*draw)(void *state, unsigned char *out, size_t count);
    void *state;
};

static inline int concord_pk_parse(mbedtls_pk_context *key, const uint8_t *text, size_t count,
                                   struct concord_random random) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    return mbedtls_pk_parse_key(key, text, count, NULL, 0, random.draw, random.state);
#else
    (void)random;
    return mbedtls_pk_parse_key(key, text, count, NULL, 0);
#endif
}

static inline int concord_pk_check_pair(const mbedtls_pk_context *public,
                                        const mbedtls_pk_context *private,
                                        struct concord_random random) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    return mbedtls_pk_check_pair(public, private, random.draw, random.state);
#else
    (void)random;
    return mbedtls_pk_check_pair(public, private);
#endif
}

// Signs what has the SHA-256 `digest`. With ECDSA it is deterministic (RFC 6979): there, as with
// RSA, the numbers only blind. Before 3.0 the library trusts that `capacity` is enough.
static inline int concord_pk_sign(mbedtls_pk_context *key, const uint8_t digest[static 32],
                                  uint8_t *signature, size_t capacity, size_t *count,
                                  struct concord_random random) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    return mbedtls_pk_sign(key, MBEDTLS_MD_SHA256, digest, 32, signature, capacity, count,
                           random.draw, random.state);
#else
    (void)capacity;
    return mbedtls_pk_sign(key, MBEDTLS_MD_SHA256, digest, 32, signature, count, random.draw,
                           random.state);
#endif
}

// The curve of an EC key.
static inline mbedtls_ecp_group_id concord_pk_curve(const mbedtls_pk_context *key) {
    const mbedtls_ecp_keypair *pair = mbedtls_pk_ec(*key);
#if MBEDTLS_VERSION_NUMBER >= 0x03060000
    return mbedtls_ecp_keypair_get_group_id(pair);
#elif MBEDTLS_VERSION_NUMBER >= 0x03000000
    return pair->MBEDTLS_PRIVATE(grp).MBEDTLS_PRIVATE(id);
#else
    return pair->grp.id;
#endif
}
