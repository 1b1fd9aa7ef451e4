#pragma once
#include <stdint.h>

/// The descriptions of the two APIs, as they are served: JSON text, not terminated.
const uint8_t *descriptions_openapi_text(void);
extern const uint64_t descriptions_openapi_count;
const uint8_t *descriptions_asyncapi_text(void);
extern const uint64_t descriptions_asyncapi_count;
