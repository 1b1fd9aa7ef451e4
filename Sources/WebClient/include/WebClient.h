#pragma once
#include <stdbool.h>
#include <stdint.h>

/// A file of the web client, as it is served.
typedef struct {
    /// Its address without the slash, terminated; index.html is served at / as well.
    const char *name;
    /// Content-Type, terminated.
    const char *media_type;
    /// ETag with its quotes, terminated: made from the served bytes, so it never names others.
    const char *entity_tag;
    const uint8_t *content;
    uint64_t content_count;
    /// The content is gzip (RFC 1952).
    bool is_compressed;
} WebClientFile;

uint64_t web_client_file_count(void);
const WebClientFile *web_client_file(uint64_t index);
