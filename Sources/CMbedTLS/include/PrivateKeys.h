// RSA and EC private keys of mbedTLS, without its types. What the library allocates for them
// comes from an arena of their own (Arena.h).
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct concord_private_key concord_private_key;

enum concord_key_kind {
    CONCORD_KEY_RSA,
    CONCORD_KEY_P256,
    // It needs a password.
    CONCORD_KEY_ENCRYPTED,
    // A private key, but of another kind, curve or size.
    CONCORD_KEY_UNSUPPORTED,
    // No private key, or a damaged one.
    CONCORD_KEY_INVALID,
};

enum {
    CONCORD_RSA_BITS_MIN = 2048,
    CONCORD_RSA_BITS_MAX = 4096,
    // Of RSA; one of P-256 in DER has at most 72 bytes.
    CONCORD_SIGNATURE_BYTES_MAX = CONCORD_RSA_BITS_MAX / 8,
    // The arena: twice what RSA of 4096 bits asks for at the worst.
    CONCORD_KEY_ARENA_BYTES = 32 * 1024,
};

// Reads PEM, or DER, in PKCS#8, PKCS#1 or SEC1: `text` holds `count` bytes and then a zero.
// `seed` begins the numbers that blind its operations against onlookers. For an RSA or P-256
// key, `*key` is one to free; it has signed and verified once.
enum concord_key_kind concord_key_read(const uint8_t *text, size_t count,
                                       const uint8_t seed[static 32], concord_private_key **key);
void concord_key_free(concord_private_key *key);

// Signs a SHA-256 digest: with PKCS #1 v1.5 (RFC 8017 §8.2), or with ECDSA, as the DER of
// ECDSA-Sig-Value (RFC 3279 §2.2.3). False if there was no memory.
bool concord_key_sign(concord_private_key *key, const uint8_t digest[static 32],
                      uint8_t signature[static CONCORD_SIGNATURE_BYTES_MAX], size_t *count);
bool concord_key_verify(concord_private_key *key, const uint8_t digest[static 32],
                        const uint8_t *signature, size_t count);
