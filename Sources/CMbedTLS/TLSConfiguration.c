#include <errno.h>
#include <mbedtls/chachapoly.h>
#include <mbedtls/gcm.h>
#include <mbedtls/platform_util.h>
#include <string.h>
#include <sys/random.h>

#include "TLSShared.h"

#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#include <psa/crypto.h>
#endif

// The policy for all sessions: which versions, ciphers and curves, and tickets for those who
// come back.

// Key exchange with forward secrecy, encryption that authenticates (RFC 7525 §4.2, RFC 9325).
#define CHACHA20_SUITES \
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, \
        MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
#define AES_SUITES \
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, \
        MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, \
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, \
        MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#define CHACHA20_SUITES_13 MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
#define AES_SUITES_13 MBEDTLS_TLS1_3_AES_128_GCM_SHA256, MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
#else
#define CHACHA20_SUITES_13
#define AES_SUITES_13
#endif

static const int chacha20_first[] = {
    CHACHA20_SUITES_13 AES_SUITES_13 CHACHA20_SUITES, AES_SUITES, 0,
};
static const int aes_first[] = {
    AES_SUITES_13 CHACHA20_SUITES_13 AES_SUITES, CHACHA20_SUITES, 0,
};

static const char *protocols[] = {"http/1.1", NULL};

int concord_tls_random(void *unused, unsigned char *bytes, size_t count) {
    (void)unused;
    while (count > 0) {
        ssize_t got = getrandom(bytes, count, 0);
        if (got < 0 && errno == EINTR) continue;
        // It cannot fail once the kernel has gathered enough, which it waits for.
        if (got < 0) __builtin_trap();
        bytes += got;
        count -= (size_t)got;
    }
    return 0;
}

// Without instructions for AES a board does better with ChaCha20: it is asked, not guessed.
static bool chacha20_is_faster(void) {
    static uint8_t text[4096];
    uint8_t key[32] = {1};
    uint8_t nonce[12] = {0};
    uint8_t tag[16];
    mbedtls_gcm_context gcm;
    mbedtls_gcm_init(&gcm);
    mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key, 128);
    mbedtls_chachapoly_context chachapoly;
    mbedtls_chachapoly_init(&chachapoly);
    mbedtls_chachapoly_setkey(&chachapoly, key);
    int64_t best_gcm = INT64_MAX;
    int64_t best_chachapoly = INT64_MAX;
    for (int round = 0; round < 3; round++) {
        int64_t start = concord_tls_now_ns();
        mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, sizeof text, nonce, sizeof nonce, NULL,
                                  0, text, text, sizeof tag, tag);
        int64_t middle = concord_tls_now_ns();
        mbedtls_chachapoly_encrypt_and_tag(&chachapoly, sizeof text, nonce, NULL, 0, text, text,
                                           tag);
        int64_t end = concord_tls_now_ns();
        if (middle - start < best_gcm) best_gcm = middle - start;
        if (end - middle < best_chachapoly) best_chachapoly = end - middle;
    }
    mbedtls_gcm_free(&gcm);
    mbedtls_chachapoly_free(&chachapoly);
    return best_chachapoly < best_gcm;
}

static void restrict_curves(mbedtls_ssl_config *configuration) {
#if MBEDTLS_VERSION_NUMBER >= 0x03010000
    static const uint16_t groups[] = {
        MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
        MBEDTLS_SSL_IANA_TLS_GROUP_NONE,
    };
    mbedtls_ssl_conf_groups(configuration, groups);
#else
    static const mbedtls_ecp_group_id curves[] = {
        MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_CURVE25519, MBEDTLS_ECP_DP_NONE,
    };
    mbedtls_ssl_conf_curves(configuration, curves);
#endif
}

static void restrict_versions(mbedtls_ssl_config *configuration) {
#if MBEDTLS_VERSION_NUMBER >= 0x03020000
    mbedtls_ssl_conf_min_tls_version(configuration, MBEDTLS_SSL_VERSION_TLS1_2);
    mbedtls_ssl_conf_max_tls_version(configuration, MBEDTLS_SSL_VERSION_TLS1_3);
    // Resumption with a fresh key exchange alone: forward secrecy (RFC 8446 §2.2).
    mbedtls_ssl_conf_tls13_key_exchange_modes(
        configuration, MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL
                           | MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL);
    mbedtls_ssl_conf_new_session_tickets(configuration, 1);
#else
    mbedtls_ssl_conf_min_version(configuration, MBEDTLS_SSL_MAJOR_VERSION_3,
                                 MBEDTLS_SSL_MINOR_VERSION_3);
#endif
}

// The keys of tickets are replaced now and then, and with them memory of the library's: that is
// nobody's session, so it comes from what is shared.
static int write_ticket(void *context, const mbedtls_ssl_session *session, unsigned char *start,
                        const unsigned char *end, size_t *length, uint32_t *lifetime) {
    concord_tls *tls = context;
    concord_arena *outer = concord_arena_use(tls->arena);
    int error = mbedtls_ssl_ticket_write(&tls->tickets, session, start, end, length, lifetime);
    concord_arena_use(outer);
    return error;
}

static int read_ticket(void *context, mbedtls_ssl_session *session, unsigned char *ticket,
                       size_t length) {
    concord_tls *tls = context;
    concord_arena *outer = concord_arena_use(tls->arena);
    int error = mbedtls_ssl_ticket_parse(&tls->tickets, session, ticket, length);
    concord_arena_use(outer);
    return error;
}

static bool configure(concord_tls *tls) {
    mbedtls_ssl_config *configuration = &tls->configuration;
    mbedtls_ssl_config_init(configuration);
    mbedtls_ssl_ticket_init(&tls->tickets);
    if (mbedtls_ssl_config_defaults(configuration, MBEDTLS_SSL_IS_SERVER,
                                    MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT)
            != 0
        || mbedtls_ssl_ticket_setup(&tls->tickets, concord_tls_random, NULL,
                                    MBEDTLS_CIPHER_AES_256_GCM, CONCORD_TLS_TICKET_SECONDS)
            != 0)
        return false;
    restrict_versions(configuration);
    restrict_curves(configuration);
    mbedtls_ssl_conf_ciphersuites(configuration,
                                  chacha20_is_faster() ? chacha20_first : aes_first);
    mbedtls_ssl_conf_rng(configuration, concord_tls_random, NULL);
    mbedtls_ssl_conf_authmode(configuration, MBEDTLS_SSL_VERIFY_NONE);
    mbedtls_ssl_conf_session_tickets_cb(configuration, write_ticket, read_ticket, tls);
    return mbedtls_ssl_conf_alpn_protocols(configuration, protocols) == 0;
}

static size_t aligned(size_t bytes) { return (bytes + 15) / 16 * 16; }

size_t concord_tls_session_bytes(void) { return SESSION_BYTES; }

size_t concord_tls_bytes(size_t sessions) {
    return CONCORD_TLS_SHARED_BYTES + CONCORD_TLS_IDENTITIES * CONCORD_TLS_IDENTITY_BYTES
        + aligned(sessions) + sessions * SESSION_BYTES;
}

const char *concord_tls_library(void) { return MBEDTLS_VERSION_STRING_FULL; }

concord_tls *concord_tls_make(uint8_t *memory, size_t sessions) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    if (psa_crypto_init() != PSA_SUCCESS) return NULL;
#endif
    concord_arena_claim(memory, concord_tls_bytes(sessions));
    concord_tls *tls = (concord_tls *)memory;
    memset(tls, 0, sizeof *tls);
    size_t own = aligned(sizeof *tls);
    tls->arena = concord_arena_make(memory + own, CONCORD_TLS_SHARED_BYTES - own);
    uint8_t *next = memory + CONCORD_TLS_SHARED_BYTES;
    for (size_t index = 0; index < CONCORD_TLS_IDENTITIES; index++) {
        tls->identities[index].arena = concord_arena_make(next, CONCORD_TLS_IDENTITY_BYTES);
        next += CONCORD_TLS_IDENTITY_BYTES;
    }
    tls->is_set_up = memset(next, 0, sessions);
    tls->sessions = next + aligned(sessions);
    tls->session_count = sessions;
    concord_arena *outer = concord_arena_use(tls->arena);
    bool is_made = configure(tls);
    concord_arena_use(outer);
    if (is_made) return tls;
    concord_tls_free(tls);
    return NULL;
}

void concord_tls_free(concord_tls *tls) {
    for (size_t index = 0; index < tls->session_count; index++) {
        if (!tls->is_set_up[index]) continue;
        concord_tls_session *session = concord_tls_session_at(tls, index);
        concord_arena *outer = concord_arena_use(session->arena);
        mbedtls_ssl_free(&session->ssl);
        concord_arena_use(outer);
    }
    for (size_t index = 0; index < CONCORD_TLS_IDENTITIES; index++)
        concord_tls_identity_clear(&tls->identities[index]);
    concord_arena *outer = concord_arena_use(tls->arena);
    mbedtls_ssl_ticket_free(&tls->tickets);
    mbedtls_ssl_config_free(&tls->configuration);
    concord_arena_use(outer);
    concord_arena_disclaim((uint8_t *)tls);
}
