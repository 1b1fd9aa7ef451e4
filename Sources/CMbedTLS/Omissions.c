// What a static program would carry of mbedTLS without a use for it: the linker finds these.
#ifdef CONCORD_STATIC
#include <mbedtls/version.h>

// mbedTLS 3 is cut into other pieces, and these would clash with its own.
#if MBEDTLS_VERSION_NUMBER < 0x03000000
#include <mbedtls/arc4.h>
#include <mbedtls/blowfish.h>
#include <mbedtls/camellia.h>
#include <mbedtls/debug.h>
#include <mbedtls/des.h>
#include <mbedtls/md2.h>
#include <mbedtls/md4.h>
#include <mbedtls/platform.h>
#include <mbedtls/ripemd160.h>
#include <mbedtls/ssl.h>
#include <stddef.h>

// The certificates with which mbedTLS 2.28 tests itself, 50 KB.
const char mbedtls_test_ca_crt[] = "";
const size_t mbedtls_test_ca_crt_len = sizeof mbedtls_test_ca_crt;
const char mbedtls_test_cli_crt[] = "";
const size_t mbedtls_test_cli_crt_len = sizeof mbedtls_test_cli_crt;

// The client's side of a handshake.
int mbedtls_ssl_handshake_client_step(mbedtls_ssl_context *session) {
    (void)session;
    return MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE;
}

// What it would say about each step to a function for that; none is ever set.
void mbedtls_debug_print_msg(
    const mbedtls_ssl_context *, int, const char *, int, const char *, ...) {}
void mbedtls_debug_print_ret(
    const mbedtls_ssl_context *, int, const char *, int, const char *, int) {}
void mbedtls_debug_print_buf(
    const mbedtls_ssl_context *, int, const char *, int, const char *, const unsigned char *,
    size_t) {}
void mbedtls_debug_print_mpi(
    const mbedtls_ssl_context *, int, const char *, int, const char *, const mbedtls_mpi *) {}
void mbedtls_debug_print_ecp(
    const mbedtls_ssl_context *, int, const char *, int, const char *, const mbedtls_ecp_point *) {}
void mbedtls_debug_print_crt(
    const mbedtls_ssl_context *, int, const char *, int, const char *, const mbedtls_x509_crt *) {}
void mbedtls_debug_printf_ecdh(
    const mbedtls_ssl_context *, int, const char *, int, const mbedtls_ecdh_context *,
    mbedtls_debug_ecdh_attr) {}

// Ciphers and hashes of the past, 31 KB: its tables name them, none of our suites and keys does.
// Whoever comes upon one, say in an encrypted key, gets an error and never a cipher that does nothing.
#define REFUSED(call)                                                                              \
    int call { return MBEDTLS_ERR_PLATFORM_FEATURE_UNSUPPORTED; }
#define NOTHING_TO_KEEP(name, context)                                                             \
    void mbedtls_##name##_init(context *) {}                                                       \
    void mbedtls_##name##_free(context *) {}

typedef mbedtls_arc4_context arc4;
typedef mbedtls_blowfish_context blowfish;
typedef mbedtls_camellia_context camellia;
typedef mbedtls_des_context des;
typedef mbedtls_des3_context des3;
typedef unsigned char byte;

NOTHING_TO_KEEP(arc4, arc4)
void mbedtls_arc4_setup(arc4 *, const byte *, unsigned) {}
REFUSED(mbedtls_arc4_crypt(arc4 *, size_t, const byte *, byte *))

NOTHING_TO_KEEP(blowfish, blowfish)
REFUSED(mbedtls_blowfish_setkey(blowfish *, const byte *, unsigned))
REFUSED(mbedtls_blowfish_crypt_ecb(blowfish *, int, const byte[8], byte[8]))
REFUSED(mbedtls_blowfish_crypt_cbc(blowfish *, int, size_t, byte[8], const byte *, byte *))
REFUSED(mbedtls_blowfish_crypt_cfb64(
    blowfish *, int, size_t, size_t *, byte[8], const byte *, byte *))
REFUSED(mbedtls_blowfish_crypt_ctr(
    blowfish *, size_t, size_t *, byte[8], byte[8], const byte *, byte *))

NOTHING_TO_KEEP(camellia, camellia)
REFUSED(mbedtls_camellia_setkey_enc(camellia *, const byte *, unsigned))
REFUSED(mbedtls_camellia_setkey_dec(camellia *, const byte *, unsigned))
REFUSED(mbedtls_camellia_crypt_ecb(camellia *, int, const byte[16], byte[16]))
REFUSED(mbedtls_camellia_crypt_cbc(camellia *, int, size_t, byte[16], const byte *, byte *))
REFUSED(mbedtls_camellia_crypt_cfb128(
    camellia *, int, size_t, size_t *, byte[16], const byte *, byte *))
REFUSED(mbedtls_camellia_crypt_ctr(
    camellia *, size_t, size_t *, byte[16], byte[16], const byte *, byte *))

NOTHING_TO_KEEP(des, des)
REFUSED(mbedtls_des_setkey_enc(des *, const byte[8]))
REFUSED(mbedtls_des_setkey_dec(des *, const byte[8]))
REFUSED(mbedtls_des_crypt_ecb(des *, const byte[8], byte[8]))
REFUSED(mbedtls_des_crypt_cbc(des *, int, size_t, byte[8], const byte *, byte *))
NOTHING_TO_KEEP(des3, des3)
REFUSED(mbedtls_des3_set2key_enc(des3 *, const byte[16]))
REFUSED(mbedtls_des3_set2key_dec(des3 *, const byte[16]))
REFUSED(mbedtls_des3_set3key_enc(des3 *, const byte[24]))
REFUSED(mbedtls_des3_set3key_dec(des3 *, const byte[24]))
REFUSED(mbedtls_des3_crypt_ecb(des3 *, const byte[8], byte[8]))
REFUSED(mbedtls_des3_crypt_cbc(des3 *, int, size_t, byte[8], const byte *, byte *))

#define REFUSED_HASH(name, block, size)                                                            \
    NOTHING_TO_KEEP(name, mbedtls_##name##_context)                                                \
    void mbedtls_##name##_clone(mbedtls_##name##_context *, const mbedtls_##name##_context *) {}   \
    REFUSED(mbedtls_##name##_starts_ret(mbedtls_##name##_context *))                               \
    REFUSED(mbedtls_##name##_update_ret(mbedtls_##name##_context *, const byte *, size_t))         \
    REFUSED(mbedtls_##name##_finish_ret(mbedtls_##name##_context *, byte[size]))                   \
    REFUSED(mbedtls_##name##_ret(const byte *, size_t, byte[size]))                                \
    REFUSED(mbedtls_internal_##name##_process block)

REFUSED_HASH(md2, (mbedtls_md2_context *), 16)
REFUSED_HASH(md4, (mbedtls_md4_context *, const byte[64]), 16)
REFUSED_HASH(ripemd160, (mbedtls_ripemd160_context *, const byte[64]), 20)
#endif
#endif
