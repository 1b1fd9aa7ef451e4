// Numbers that nobody can foresee who does not know the seed, and that the seed brings back:
// SHA-256 of the seed and a counter.
#pragma once
#include <stddef.h>
#include <stdint.h>

struct concord_seeded_numbers {
    uint8_t seed[32];
    uint64_t drawn;
};

// Fills `out` with the next `count` bytes; always 0. The form is what mbedTLS calls.
int concord_seeded_draw(void *numbers, unsigned char *out, size_t count);
