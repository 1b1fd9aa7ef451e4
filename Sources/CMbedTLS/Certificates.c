#include "Certificates.h"

#include <mbedtls/ecp.h>
#include <mbedtls/pem.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/x509_crt.h>
#include <string.h>

#include "AnyVersion.h"
#include "Arena.h"
#include "Hashes.h"
#include "SeededNumbers.h"

// Each call gives back all that it took.
static _Alignas(16) uint8_t memory[CONCORD_CERTIFICATE_ARENA_BYTES];

static concord_arena *certificates(void) {
    static concord_arena *arena;
    if (!arena) {
        concord_arena_claim(memory, sizeof memory);
        arena = concord_arena_make(memory, sizeof memory);
    }
    return arena;
}

static struct concord_seeded_numbers seeded(const uint8_t seed[static 32]) {
    struct concord_seeded_numbers numbers = {0};
    memcpy(numbers.seed, seed, sizeof numbers.seed);
    return numbers;
}

static struct concord_random drawn_from(struct concord_seeded_numbers *numbers) {
    return (struct concord_random){concord_seeded_draw, numbers};
}

static int parse_key(mbedtls_pk_context *key, struct concord_der der,
                     struct concord_seeded_numbers *numbers) {
    return concord_pk_parse(key, der.base, der.count, drawn_from(numbers));
}

static int sign(mbedtls_pk_context *key, struct concord_der bytes,
                struct concord_seeded_numbers *numbers, uint8_t *signature, size_t *count) {
    uint8_t digest[32];
    concord_sha256_state hash;
    concord_sha256_start(&hash);
    concord_sha256_update(&hash, bytes.base, bytes.count);
    concord_sha256_finish(&hash, digest);
    return concord_pk_sign(key, digest, signature, CONCORD_P256_SIGNATURE_MAX, count,
                           drawn_from(numbers));
}

// The library writes from the end of a buffer towards its beginning.
static size_t moved_to_front(uint8_t *buffer, size_t capacity, int written) {
    if (written <= 0) return 0;
    memmove(buffer, buffer + capacity - written, (size_t)written);
    return (size_t)written;
}

size_t concord_p256_make(const uint8_t seed[static 32], uint8_t key[static CONCORD_P256_DER_MAX]) {
    struct concord_seeded_numbers numbers = seeded(seed);
    mbedtls_pk_context context;
    concord_arena *outer = concord_arena_use(certificates());
    mbedtls_pk_init(&context);
    int result = mbedtls_pk_setup(&context, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
    if (!result)
        result = mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(context),
                                     concord_seeded_draw, &numbers);
    if (!result) result = mbedtls_pk_write_key_der(&context, key, CONCORD_P256_DER_MAX);
    mbedtls_pk_free(&context);
    concord_arena_use(outer);
    mbedtls_platform_zeroize(&numbers, sizeof numbers);
    return moved_to_front(key, CONCORD_P256_DER_MAX, result);
}

size_t concord_p256_public(struct concord_der key, const uint8_t seed[static 32],
                           uint8_t public[static CONCORD_P256_DER_MAX]) {
    struct concord_seeded_numbers numbers = seeded(seed);
    mbedtls_pk_context context;
    concord_arena *outer = concord_arena_use(certificates());
    mbedtls_pk_init(&context);
    int result = parse_key(&context, key, &numbers);
    if (!result) result = mbedtls_pk_write_pubkey_der(&context, public, CONCORD_P256_DER_MAX);
    mbedtls_pk_free(&context);
    concord_arena_use(outer);
    mbedtls_platform_zeroize(&numbers, sizeof numbers);
    return moved_to_front(public, CONCORD_P256_DER_MAX, result);
}

size_t concord_p256_sign(struct concord_der key, struct concord_der bytes,
                         const uint8_t seed[static 32],
                         uint8_t signature[static CONCORD_P256_SIGNATURE_MAX]) {
    struct concord_seeded_numbers numbers = seeded(seed);
    mbedtls_pk_context context;
    size_t count = 0;
    concord_arena *outer = concord_arena_use(certificates());
    mbedtls_pk_init(&context);
    int error = parse_key(&context, key, &numbers);
    if (!error) error = sign(&context, bytes, &numbers, signature, &count);
    mbedtls_pk_free(&context);
    concord_arena_use(outer);
    mbedtls_platform_zeroize(&numbers, sizeof numbers);
    return error ? 0 : count;
}

// The library reads lines without their end, and writes them as they are.
struct delimiters {
    const char *begin, *begin_line;
    const char *end, *end_line;
};

#define DELIMITERS(label)                                                                          \
    {"-----BEGIN " label "-----", "-----BEGIN " label "-----\n", "-----END " label "-----",        \
     "-----END " label "-----\n"}

static const struct delimiters delimiters[] = {
    [CONCORD_PEM_EC_KEY] = DELIMITERS("EC PRIVATE KEY"),
    [CONCORD_PEM_CERTIFICATE] = DELIMITERS("CERTIFICATE"),
};

size_t concord_pem_write(enum concord_pem_kind kind, struct concord_der der, uint8_t *text,
                         size_t capacity) {
    size_t count = 0;
    concord_arena *outer = concord_arena_use(certificates());
    int error = mbedtls_pem_write_buffer(delimiters[kind].begin_line, delimiters[kind].end_line,
                                         der.base, der.count, text, capacity, &count);
    concord_arena_use(outer);
    // The library counts the zero that it ends the text with.
    return error || count == 0 ? 0 : count - 1;
}

size_t concord_pem_read(enum concord_pem_kind kind, const uint8_t *text, uint8_t *der,
                        size_t capacity) {
    size_t used = 0, count = 0;
    mbedtls_pem_context pem;
    concord_arena *outer = concord_arena_use(certificates());
    mbedtls_pem_init(&pem);
    if (mbedtls_pem_read_buffer(&pem, delimiters[kind].begin, delimiters[kind].end, text, NULL, 0,
                                &used)
        == 0) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
        const uint8_t *content = pem.MBEDTLS_PRIVATE(buf);
        count = pem.MBEDTLS_PRIVATE(buflen);
#else
        const uint8_t *content = pem.buf;
        count = pem.buflen;
#endif
        if (count <= capacity) memcpy(der, content, count);
        else count = 0;
    }
    mbedtls_pem_free(&pem);
    concord_arena_use(outer);
    return count;
}

bool concord_certificate_is_of(struct concord_der certificate, struct concord_der key,
                               const uint8_t seed[static 32]) {
    struct concord_seeded_numbers numbers = seeded(seed);
    mbedtls_x509_crt parsed;
    mbedtls_pk_context private;
    concord_arena *outer = concord_arena_use(certificates());
    mbedtls_x509_crt_init(&parsed);
    mbedtls_pk_init(&private);
    bool fits = mbedtls_x509_crt_parse_der(&parsed, certificate.base, certificate.count) == 0
        && parse_key(&private, key, &numbers) == 0
        && concord_pk_check_pair(&parsed.pk, &private, drawn_from(&numbers)) == 0;
    mbedtls_pk_free(&private);
    mbedtls_x509_crt_free(&parsed);
    concord_arena_use(outer);
    return fits;
}

bool concord_certificate_is_signed_by(struct concord_der certificate,
                                      struct concord_der authority) {
    const uint32_t of_time = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
    uint32_t flaws = UINT32_MAX;
    mbedtls_x509_crt leaf, root;
    concord_arena *outer = concord_arena_use(certificates());
    mbedtls_x509_crt_init(&leaf);
    mbedtls_x509_crt_init(&root);
    bool is_read = mbedtls_x509_crt_parse_der(&leaf, certificate.base, certificate.count) == 0
        && mbedtls_x509_crt_parse_der(&root, authority.base, authority.count) == 0;
    if (is_read) mbedtls_x509_crt_verify(&leaf, &root, NULL, NULL, &flaws, NULL, NULL);
    mbedtls_x509_crt_free(&root);
    mbedtls_x509_crt_free(&leaf);
    concord_arena_use(outer);
    return is_read && (flaws & ~of_time) == 0;
}
