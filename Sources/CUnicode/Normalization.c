#include "CUnicode.h"

#include <string.h>
#include <utf8proc.h>

// utf8proc's own functions for whole texts allocate; these work in place.
enum { SCALARS_MAX = 4096 };

static int normalize(
    const uint8_t *text, int count, uint8_t *out, int capacity, utf8proc_option_t form) {
    // One more, for the zero byte that utf8proc writes behind the text.
    utf8proc_int32_t scalars[SCALARS_MAX + 1];
    utf8proc_ssize_t length = utf8proc_decompose(
        text, count, scalars, SCALARS_MAX, (utf8proc_option_t)(form | UTF8PROC_STABLE));
    if (length < 0 || length > SCALARS_MAX) return -1;
    utf8proc_ssize_t bytes =
        utf8proc_reencode(scalars, length, (utf8proc_option_t)(form | UTF8PROC_STABLE));
    if (bytes < 0 || bytes > capacity) return -1;
    memcpy(out, scalars, (size_t)bytes);
    return (int)bytes;
}

int cunicode_compose(const uint8_t *text, int count, uint8_t *out, int capacity) {
    return normalize(text, count, out, capacity, UTF8PROC_COMPOSE);
}

int cunicode_decompose(const uint8_t *text, int count, uint8_t *out, int capacity) {
    return normalize(text, count, out, capacity, UTF8PROC_DECOMPOSE);
}
