#include "SeededNumbers.h"

#include <string.h>

#include "Hashes.h"

int concord_seeded_draw(void *context, unsigned char *out, size_t count) {
    struct concord_seeded_numbers *numbers = context;
    while (count > 0) {
        uint8_t block[32];
        concord_sha256_state hash;
        numbers->drawn++;
        concord_sha256_start(&hash);
        concord_sha256_update(&hash, numbers->seed, sizeof numbers->seed);
        concord_sha256_update(&hash, (const uint8_t *)&numbers->drawn, sizeof numbers->drawn);
        concord_sha256_finish(&hash, block);
        size_t piece = count < sizeof block ? count : sizeof block;
        memcpy(out, block, piece);
        out += piece;
        count -= piece;
    }
    return 0;
}
