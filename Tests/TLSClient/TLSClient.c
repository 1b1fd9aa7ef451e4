#include "TLSClient.h"

#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(field) field
#endif

#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#include <psa/crypto.h>
#endif

typedef struct {
    uint8_t *bytes;
    size_t count;
} queue;

struct tls_client {
    mbedtls_ssl_config configuration;
    mbedtls_ssl_context ssl;
    mbedtls_x509_crt trusted;
    // What it comes back with, and what it was given in TLS 1.3 (RFC 8446 §4.6.1).
    mbedtls_ssl_session session;
    bool has_session;
    mbedtls_ssl_session ticket;
    bool has_ticket;
    bool is_set_up;
    char protocol[32];
    const char *protocols[2];
    queue incoming;
    queue outgoing;
};

static int random_bytes(void *unused, unsigned char *bytes, size_t count) {
    (void)unused;
    return getrandom(bytes, count, 0) == (ssize_t)count ? 0 : -1;
}

static void append(queue *queue, const uint8_t *bytes, size_t count) {
    queue->bytes = realloc(queue->bytes, queue->count + count + 1);
    memcpy(queue->bytes + queue->count, bytes, count);
    queue->count += count;
}

static size_t take(queue *queue, uint8_t *bytes, size_t capacity) {
    size_t count = queue->count < capacity ? queue->count : capacity;
    if (count == 0) return 0;
    memcpy(bytes, queue->bytes, count);
    queue->count -= count;
    memmove(queue->bytes, queue->bytes + count, queue->count);
    return count;
}

static int send_out(void *context, const unsigned char *bytes, size_t count) {
    append(&((tls_client *)context)->outgoing, bytes, count);
    return (int)count;
}

static int receive_in(void *context, unsigned char *bytes, size_t capacity) {
    size_t count = take(&((tls_client *)context)->incoming, bytes, capacity);
    return count > 0 ? (int)count : MBEDTLS_ERR_SSL_WANT_READ;
}

tls_client *tls_client_make(const uint8_t *trusted, size_t count) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    psa_crypto_init();
#endif
    tls_client *client = calloc(1, sizeof *client);
    mbedtls_ssl_config_init(&client->configuration);
    mbedtls_ssl_init(&client->ssl);
    mbedtls_ssl_session_init(&client->session);
    mbedtls_ssl_session_init(&client->ticket);
    mbedtls_x509_crt_init(&client->trusted);
    if (mbedtls_x509_crt_parse(&client->trusted, trusted, count) != 0) abort();
    mbedtls_ssl_config_defaults(&client->configuration, MBEDTLS_SSL_IS_CLIENT,
                                MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    mbedtls_ssl_conf_rng(&client->configuration, random_bytes, NULL);
    mbedtls_ssl_conf_ca_chain(&client->configuration, &client->trusted, NULL);
    mbedtls_ssl_conf_authmode(&client->configuration, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_renegotiation(&client->configuration, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
#ifdef MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
        &client->configuration, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
    return client;
}

void tls_client_free(tls_client *client) {
    mbedtls_ssl_free(&client->ssl);
    mbedtls_ssl_config_free(&client->configuration);
    mbedtls_ssl_session_free(&client->session);
    mbedtls_ssl_session_free(&client->ticket);
    mbedtls_x509_crt_free(&client->trusted);
    free(client->incoming.bytes);
    free(client->outgoing.bytes);
    free(client);
}

void tls_client_offer_suites(tls_client *client, const int *suites) {
    mbedtls_ssl_conf_ciphersuites(&client->configuration, suites);
}

void tls_client_offer_protocol(tls_client *client, const char *protocol) {
    snprintf(client->protocol, sizeof client->protocol, "%s", protocol);
    client->protocols[0] = client->protocol;
    mbedtls_ssl_conf_alpn_protocols(&client->configuration, client->protocols);
}

void tls_client_limit_records(tls_client *client, int bytes) {
    int code = bytes == 512 ? 1 : bytes == 1024 ? 2 : bytes == 2048 ? 3 : 4;
    mbedtls_ssl_conf_max_frag_len(&client->configuration, (unsigned char)code);
}

void tls_client_limit_version(tls_client *client, bool is_old) {
#if MBEDTLS_VERSION_NUMBER >= 0x03020000
    (void)is_old;
    mbedtls_ssl_conf_max_tls_version(&client->configuration, MBEDTLS_SSL_VERSION_TLS1_2);
#else
    mbedtls_ssl_conf_max_version(&client->configuration, MBEDTLS_SSL_MAJOR_VERSION_3,
                                 is_old ? MBEDTLS_SSL_MINOR_VERSION_2
                                        : MBEDTLS_SSL_MINOR_VERSION_3);
#endif
}

void tls_client_resume(tls_client *client, tls_client *earlier) {
    if (earlier->has_ticket) {
        // A ticket is the library's to copy only by way of its bytes.
        static uint8_t bytes[8192];
        size_t count;
        if (mbedtls_ssl_session_save(&earlier->ticket, bytes, sizeof bytes, &count) == 0
            && mbedtls_ssl_session_load(&client->session, bytes, count) == 0)
            client->has_session = true;
        return;
    }
    if (mbedtls_ssl_get_session(&earlier->ssl, &client->session) == 0) client->has_session = true;
}

static int set_up(tls_client *client) {
    if (client->is_set_up) return 0;
    client->is_set_up = true;
    int error = mbedtls_ssl_setup(&client->ssl, &client->configuration);
    if (error) return error;
    mbedtls_ssl_set_hostname(&client->ssl, "localhost");
    mbedtls_ssl_set_bio(&client->ssl, client, send_out, receive_in, NULL);
    return client->has_session ? mbedtls_ssl_set_session(&client->ssl, &client->session) : 0;
}

int tls_client_handshake(tls_client *client) {
    int error = set_up(client);
    if (!error) error = mbedtls_ssl_handshake(&client->ssl);
    if (error == 0) return 0;
    return error == MBEDTLS_ERR_SSL_WANT_READ ? TLS_CLIENT_WANTS_INPUT : TLS_CLIENT_FAILED;
}

// Whether a call ended only because a ticket came, which is kept then.
static bool took_ticket(tls_client *client, int result) {
#ifdef MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET
    if (result == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
        mbedtls_ssl_session_free(&client->ticket);
        mbedtls_ssl_session_init(&client->ticket);
        client->has_ticket = mbedtls_ssl_get_session(&client->ssl, &client->ticket) == 0;
        return true;
    }
#else
    (void)client, (void)result;
#endif
    return false;
}

int64_t tls_client_read(tls_client *client, uint8_t *bytes, size_t capacity) {
    int count = mbedtls_ssl_read(&client->ssl, bytes, capacity);
    if (count > 0) return count;
    if (took_ticket(client, count)) return tls_client_read(client, bytes, capacity);
    switch (count) {
    case MBEDTLS_ERR_SSL_WANT_READ:
        // It also asks for more when it has taken a message that is not plaintext.
        if (client->incoming.count > 0) return tls_client_read(client, bytes, capacity);
        return TLS_CLIENT_WANTS_INPUT;
    case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY: return TLS_CLIENT_ENDED;
    default: return TLS_CLIENT_FAILED;
    }
}

bool tls_client_write(tls_client *client, const uint8_t *bytes, size_t count) {
    while (count > 0) {
        int written = mbedtls_ssl_write(&client->ssl, bytes, count);
        if (took_ticket(client, written)) continue;
        if (written <= 0) return false;
        bytes += written;
        count -= (size_t)written;
    }
    return true;
}

void tls_client_close(tls_client *client) { mbedtls_ssl_close_notify(&client->ssl); }

void tls_client_renegotiate(tls_client *client) {
#if MBEDTLS_VERSION_NUMBER < 0x03000000 || defined(MBEDTLS_SSL_RENEGOTIATION)
    mbedtls_ssl_renegotiate(&client->ssl);
#endif
}

size_t tls_client_take(tls_client *client, uint8_t *bytes, size_t capacity) {
    return take(&client->outgoing, bytes, capacity);
}

void tls_client_give(tls_client *client, const uint8_t *bytes, size_t count) {
    append(&client->incoming, bytes, count);
}

const char *tls_client_suite(const tls_client *client) {
    return mbedtls_ssl_get_ciphersuite(&client->ssl);
}

const char *tls_client_version(const tls_client *client) {
    return mbedtls_ssl_get_version(&client->ssl);
}

const char *tls_client_protocol(const tls_client *client) {
    return mbedtls_ssl_get_alpn_protocol(&client->ssl);
}

int tls_client_alert(const tls_client *client) {
    const unsigned char *message = client->ssl.MBEDTLS_PRIVATE(in_msg);
    bool is_alert = client->ssl.MBEDTLS_PRIVATE(in_msgtype) == MBEDTLS_SSL_MSG_ALERT;
    return is_alert && message[0] == MBEDTLS_SSL_ALERT_LEVEL_FATAL ? message[1] : -1;
}
