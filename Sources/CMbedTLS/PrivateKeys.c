#include "PrivateKeys.h"

#include <mbedtls/platform_util.h>
#include <mbedtls/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "AnyVersion.h"
#include "Arena.h"
#include "SeededNumbers.h"

// All keys share one arena: each call gives back what it took, but for what a key is made of.
static _Alignas(16) uint8_t memory[CONCORD_KEY_ARENA_BYTES];

static concord_arena *keys(void) {
    static concord_arena *arena;
    if (!arena) {
        concord_arena_claim(memory, sizeof memory);
        arena = concord_arena_make(memory, sizeof memory);
    }
    return arena;
}

struct concord_private_key {
    mbedtls_pk_context context;
    // For blinding alone: signatures with ECDSA are deterministic (RFC 6979).
    struct concord_seeded_numbers blinding;
};

static struct concord_random blinding(concord_private_key *key) {
    return (struct concord_random){concord_seeded_draw, &key->blinding};
}

static enum concord_key_kind kind_of(const concord_private_key *key) {
    size_t bits = mbedtls_pk_get_bitlen(&key->context);
    switch (mbedtls_pk_get_type(&key->context)) {
    case MBEDTLS_PK_RSA:
        if (bits < CONCORD_RSA_BITS_MIN || bits > CONCORD_RSA_BITS_MAX) break;
        return mbedtls_rsa_check_privkey(mbedtls_pk_rsa(key->context)) == 0 ? CONCORD_KEY_RSA
                                                                            : CONCORD_KEY_INVALID;
    case MBEDTLS_PK_ECKEY:
        if (concord_pk_curve(&key->context) == MBEDTLS_ECP_DP_SECP256R1) return CONCORD_KEY_P256;
        break;
    default: break;
    }
    return CONCORD_KEY_UNSUPPORTED;
}

// Finds a public half that is not the private one's.
static bool fits_itself(concord_private_key *key) {
    static const uint8_t digest[32] = "the key is tried before it works";
    uint8_t signature[CONCORD_SIGNATURE_BYTES_MAX];
    size_t count = 0;
    return concord_key_sign(key, digest, signature, &count)
        && concord_key_verify(key, digest, signature, count);
}

// The library tells an encrypted key in PEM, but takes one in DER for damaged: PBES2
// (RFC 8018 §A.4) is what programs of today write.
static bool names_pbes2(const uint8_t *text, size_t count) {
    static const uint8_t oid[] = {6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 0x0D};
    for (size_t at = 0; at < 16 && at + sizeof oid <= count; at++)
        if (memcmp(text + at, oid, sizeof oid) == 0) return true;
    return false;
}

static enum concord_key_kind refusal(int error, const uint8_t *text, size_t count) {
    if (names_pbes2(text, count)) return CONCORD_KEY_ENCRYPTED;
    switch (error) {
    case MBEDTLS_ERR_PK_PASSWORD_REQUIRED:
    case MBEDTLS_ERR_PK_PASSWORD_MISMATCH: return CONCORD_KEY_ENCRYPTED;
    case MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE:
    case MBEDTLS_ERR_PK_UNKNOWN_PK_ALG:
    case MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE: return CONCORD_KEY_UNSUPPORTED;
    default: return CONCORD_KEY_INVALID;
    }
}

enum concord_key_kind concord_key_read(const uint8_t *text, size_t count,
                                       const uint8_t seed[static 32], concord_private_key **out) {
    concord_private_key *key = calloc(1, sizeof *key);
    if (!key) return CONCORD_KEY_INVALID;
    memcpy(key->blinding.seed, seed, sizeof key->blinding.seed);
    concord_arena *outer = concord_arena_use(keys());
    mbedtls_pk_init(&key->context);
    // The library takes what ends with a zero for PEM, and counts the zero.
    bool is_pem = strstr((const char *)text, "-----BEGIN ") != NULL;
    int error = concord_pk_parse(&key->context, text, count + (is_pem ? 1 : 0), blinding(key));
    enum concord_key_kind kind = error ? refusal(error, text, count) : kind_of(key);
    concord_arena_use(outer);
    bool is_good = kind == CONCORD_KEY_RSA || kind == CONCORD_KEY_P256;
    if (is_good && fits_itself(key)) {
        *out = key;
        return kind;
    }
    concord_key_free(key);
    return is_good ? CONCORD_KEY_INVALID : kind;
}

void concord_key_free(concord_private_key *key) {
    concord_arena *outer = concord_arena_use(keys());
    mbedtls_pk_free(&key->context);
    concord_arena_use(outer);
    mbedtls_platform_zeroize(key, sizeof *key);
    free(key);
}

bool concord_key_sign(concord_private_key *key, const uint8_t digest[static 32],
                      uint8_t signature[static CONCORD_SIGNATURE_BYTES_MAX], size_t *count) {
    concord_arena *outer = concord_arena_use(keys());
    int error = concord_pk_sign(&key->context, digest, signature, CONCORD_SIGNATURE_BYTES_MAX,
                                count, blinding(key));
    concord_arena_use(outer);
    return error == 0;
}

bool concord_key_verify(concord_private_key *key, const uint8_t digest[static 32],
                        const uint8_t *signature, size_t count) {
    concord_arena *outer = concord_arena_use(keys());
    int error = mbedtls_pk_verify(&key->context, MBEDTLS_MD_SHA256, digest, 32, signature, count);
    concord_arena_use(outer);
    return error == 0;
}
