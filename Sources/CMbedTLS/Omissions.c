// What a static program would carry of mbedTLS without a use for it: the linker finds these.
#ifdef CONCORD_STATIC
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <stddef.h>

// mbedTLS 3 is cut into other pieces, and these would clash with its own.
#if MBEDTLS_VERSION_NUMBER < 0x03000000

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
#endif
#endif
