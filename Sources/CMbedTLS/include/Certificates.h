// P-256 keys and certificates (RFC 5280) in DER and PEM, without mbedTLS's types. What the library
// allocates for them comes from an arena of theirs (Arena.h). It writes no certificates: version
// 2.28 puts a NULL beside the name of ECDSA, which RFC 5758 §3.2 forbids and browsers refuse.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    // A P-256 private key in SEC1 (RFC 5915); it takes 121 bytes.
    CONCORD_P256_DER_MAX = 128,
    CONCORD_P256_SIGNATURE_MAX = 80,
    // Twice what any of these calls takes at the worst.
    CONCORD_CERTIFICATE_ARENA_BYTES = 16 * 1024,
};

struct concord_der {
    const uint8_t *base;
    size_t count;
};

// Each returns how many bytes it wrote, or 0 if the library failed or had no memory. `seed`
// begins all numbers that have to be random.

size_t concord_p256_make(const uint8_t seed[static 32], uint8_t key[static CONCORD_P256_DER_MAX]);
// SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
size_t concord_p256_public(struct concord_der key, const uint8_t seed[static 32],
                           uint8_t public[static CONCORD_P256_DER_MAX]);
// ECDSA-Sig-Value (RFC 3279 §2.2.3) of the SHA-256 of some bytes.
size_t concord_p256_sign(struct concord_der key, struct concord_der bytes,
                         const uint8_t seed[static 32],
                         uint8_t signature[static CONCORD_P256_SIGNATURE_MAX]);

enum concord_pem_kind { CONCORD_PEM_EC_KEY, CONCORD_PEM_CERTIFICATE };

size_t concord_pem_write(enum concord_pem_kind kind, struct concord_der der, uint8_t *text,
                         size_t capacity);
// The first block of its kind. `text` ends with a zero.
size_t concord_pem_read(enum concord_pem_kind kind, const uint8_t *text, uint8_t *der,
                        size_t capacity);

// The certificate can be read whole, and is of this key.
bool concord_certificate_is_of(struct concord_der certificate, struct concord_der key,
                               const uint8_t seed[static 32]);
// The authority's key has signed the certificate. What time it is does not matter.
bool concord_certificate_is_signed_by(struct concord_der certificate, struct concord_der authority);
