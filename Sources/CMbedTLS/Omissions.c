// mbedTLS 2.28 tests itself with certificates of its own, 50 KB of them, which come into every
// static program that reads a certificate. It never tests itself here: the linker finds these.
#ifdef CONCORD_STATIC
#include <stddef.h>

const char mbedtls_test_ca_crt[] = "";
const size_t mbedtls_test_ca_crt_len = sizeof mbedtls_test_ca_crt;
const char mbedtls_test_cli_crt[] = "";
const size_t mbedtls_test_cli_crt_len = sizeof mbedtls_test_cli_crt;
#endif
