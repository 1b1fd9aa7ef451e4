#include <string.h>

#include "AnyVersion.h"
#include "PrivateKeys.h"
#include "TLSShared.h"

void concord_tls_identity_clear(concord_tls_identity *identity) {
    concord_arena *outer = concord_arena_use(identity->arena);
    mbedtls_x509_crt_free(&identity->chain);
    mbedtls_pk_free(&identity->key);
    concord_arena_use(outer);
}

// A PEM that ends in the midst of a certificate is to the library one that ends before it.
static bool is_whole(const mbedtls_x509_crt *chain, const uint8_t *text) {
    static const char header[] = "-----BEGIN CERTIFICATE-----";
    const char *next = strstr((const char *)text, header);
    if (!next) return true;
    size_t count = 0;
    while (next) {
        count++;
        next = strstr(next + 1, header);
    }
    while (chain) {
        count--;
        chain = chain->next;
    }
    return count == 0;
}

// The library takes what ends with a zero for PEM, and counts the zero.
static size_t counted(const uint8_t *text, size_t count) {
    return strstr((const char *)text, "-----BEGIN ") ? count + 1 : count;
}

static const struct concord_random blinding = {concord_tls_random, NULL};

// What the library remembers of a key, it allocates while it first signs: here, so that it is of
// the identity's memory, and not of the first peer's. A blinded RSA key grows once more. And the
// last signature tells how long one takes.
static bool signs(concord_tls_identity *identity) {
    static const uint8_t digest[32] = "the key is tried before it works";
    uint8_t signature[CONCORD_SIGNATURE_BYTES_MAX];
    size_t count = 0;
    for (int round = 0; round < 3; round++) {
        int64_t start = concord_tls_now_ns();
        if (concord_pk_sign(&identity->key, digest, signature, sizeof signature, &count, blinding)
            != 0)
            return false;
        identity->signature_us = (concord_tls_now_ns() - start) / 1000 + 1;
    }
    return true;
}

static bool is_supported(const mbedtls_pk_context *key) {
    size_t bits = mbedtls_pk_get_bitlen(key);
    switch (mbedtls_pk_get_type(key)) {
    case MBEDTLS_PK_RSA: return bits >= CONCORD_RSA_BITS_MIN && bits <= CONCORD_RSA_BITS_MAX;
    case MBEDTLS_PK_ECKEY: break;
    default: return false;
    }
    mbedtls_ecp_group_id curve = concord_pk_curve(key);
    return curve == MBEDTLS_ECP_DP_SECP256R1 || curve == MBEDTLS_ECP_DP_SECP384R1;
}

// The library cannot read a certificate for, or signed with, what it does not know: Ed25519 above all.
static enum concord_tls_identity_state refusal(int error) {
    switch (error < 0 ? error / 0x80 * 0x80 : 0) {
    case MBEDTLS_ERR_PK_UNKNOWN_PK_ALG:
    case MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE:
    case MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG: return CONCORD_TLS_CHAIN_UNSUPPORTED;
    default: return CONCORD_TLS_CHAIN_INVALID;
    }
}

static enum concord_tls_identity_state read(
    concord_tls_identity *identity, const uint8_t *chain, size_t chain_count, const uint8_t *key,
    size_t key_count) {
    mbedtls_x509_crt_init(&identity->chain);
    mbedtls_pk_init(&identity->key);
    // Above 0 it is the number of certificates that it could not read.
    int error = mbedtls_x509_crt_parse(&identity->chain, chain, counted(chain, chain_count));
    if (error) return refusal(error);
    if (!is_whole(&identity->chain, chain)) return CONCORD_TLS_CHAIN_INVALID;
    if (!is_supported(&identity->chain.pk)) return CONCORD_TLS_CHAIN_UNSUPPORTED;
    switch (concord_pk_parse(&identity->key, key, counted(key, key_count), blinding)) {
    case 0: break;
    case MBEDTLS_ERR_PK_PASSWORD_REQUIRED:
    case MBEDTLS_ERR_PK_PASSWORD_MISMATCH: return CONCORD_TLS_KEY_ENCRYPTED;
    default: return CONCORD_TLS_KEY_INVALID;
    }
    if (concord_pk_check_pair(&identity->chain.pk, &identity->key, blinding) != 0)
        return CONCORD_TLS_KEY_OF_ANOTHER;
    return signs(identity) ? CONCORD_TLS_IDENTITY_GOOD : CONCORD_TLS_KEY_INVALID;
}

static size_t place_of_next(const concord_tls *tls) {
    return tls->identity == &tls->identities[0] ? 1 : 0;
}

bool concord_tls_can_identify(const concord_tls *tls) {
    return tls->identities[place_of_next(tls)].users == 0;
}

enum concord_tls_identity_state concord_tls_identify(
    concord_tls *tls, const uint8_t *chain, size_t chain_count, const uint8_t *key,
    size_t key_count) {
    concord_tls_identity *next = &tls->identities[place_of_next(tls)];
    if (next->users > 0) __builtin_trap();
    concord_tls_identity_clear(next);
    concord_arena *outer = concord_arena_use(next->arena);
    enum concord_tls_identity_state state = read(next, chain, chain_count, key, key_count);
    concord_arena_use(outer);
    if (state == CONCORD_TLS_IDENTITY_GOOD) {
        tls->identity = next;
    } else {
        concord_tls_identity_clear(next);
    }
    return state;
}

bool concord_tls_chain_is_linked(const concord_tls *tls) {
    const mbedtls_x509_crt *each = &tls->identity->chain;
    for (; each->next; each = each->next) {
        const mbedtls_x509_buf *issuer = &each->issuer_raw, *subject = &each->next->subject_raw;
        if (issuer->len != subject->len || memcmp(issuer->p, subject->p, issuer->len) != 0)
            return false;
    }
    return true;
}

int64_t concord_tls_signature_us(const concord_tls *tls) {
    return tls->identity ? tls->identity->signature_us : 1;
}
