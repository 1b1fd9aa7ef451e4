#include <string.h>

#include "Properties.h"

// Names are compared after case folding, so letters count as alike whose capitals are (`В` and `B`), too.

typedef struct { uint16_t from; char to; } lookalike;

/// In the order of their scalar values. Digits and ASCII are told below.
static const lookalike lookalikes[] = {
    {0x131, 'i'}, {0x1C0, 'i'}, {0x237, 'j'}, {0x251, 'a'}, {0x261, 'g'}, {0x269, 'i'},
    {0x26A, 'i'}, {0x280, 'r'}, {0x28B, 'u'}, {0x28F, 'y'}, {0x299, 'b'}, {0x29C, 'h'},
    {0x29F, 'i'},
    // Greek
    {0x3B1, 'a'}, {0x3B2, 'b'}, {0x3B3, 'y'}, {0x3B5, 'e'}, {0x3B6, 'z'}, {0x3B7, 'h'},
    {0x3B9, 'i'}, {0x3BA, 'k'}, {0x3BC, 'm'}, {0x3BD, 'v'}, {0x3BF, 'o'}, {0x3C1, 'p'},
    {0x3C3, 'o'}, {0x3C4, 't'}, {0x3C5, 'u'}, {0x3C7, 'x'}, {0x3F3, 'j'}, {0x3F8, 'p'},
    // Cyrillic
    {0x430, 'a'}, {0x432, 'b'}, {0x433, 'r'}, {0x435, 'e'}, {0x43A, 'k'}, {0x43C, 'm'},
    {0x43D, 'h'}, {0x43E, 'o'}, {0x440, 'p'}, {0x441, 'c'}, {0x442, 't'}, {0x443, 'y'},
    {0x445, 'x'}, {0x44C, 'b'}, {0x455, 's'}, {0x456, 'i'}, {0x458, 'j'}, {0x461, 'w'},
    {0x475, 'v'}, {0x4AF, 'y'}, {0x4BB, 'h'}, {0x4CF, 'i'}, {0x501, 'd'}, {0x51B, 'q'},
    {0x51D, 'w'},
    // Small capitals, and letters of phonetic scripts
    {0x1D00, 'a'}, {0x1D04, 'c'}, {0x1D05, 'd'}, {0x1D07, 'e'}, {0x1D0A, 'j'}, {0x1D0B, 'k'},
    {0x1D0D, 'm'}, {0x1D0F, 'o'}, {0x1D18, 'p'}, {0x1D1B, 't'}, {0x1D1C, 'u'}, {0x1D20, 'v'},
    {0x1D21, 'w'}, {0x1D22, 'z'}, {0x2010, '-'}, {0x2011, '-'}, {0x2012, '-'}, {0x2013, '-'},
    {0x2014, '-'}, {0x2018, '\''}, {0x2019, '\''}, {0x2212, '-'}, {0xA731, 's'},
};

static int32_t prototype(int32_t scalar) {
    switch (scalar) {
        case '0': return 'o';
        case '1': case 'l': case '|': return 'i';
        default: break;
    }
    if (scalar < 0x80 || scalar > 0xFFFF) return scalar;
    int low = 0, high = sizeof lookalikes / sizeof *lookalikes;
    while (low < high) {
        int middle = (low + high) / 2;
        if (lookalikes[middle].from < scalar) low = middle + 1;
        else high = middle;
    }
    bool is_there = low < (int)(sizeof lookalikes / sizeof *lookalikes)
        && lookalikes[low].from == scalar;
    return is_there ? lookalikes[low].to : scalar;
}

int cunicode_skeleton(const uint8_t *name, int count, uint8_t *out, int capacity) {
    int length = 0;
    for (int32_t position = 0; position < count;) {
        int32_t scalar = next_scalar(name, count, &position);
        if (scalar < 0) continue;
        utf8proc_int32_t parts[CUNICODE_FOLDED_MAX];
        int boundary = UTF8PROC_BOUNDCLASS_START;
        utf8proc_ssize_t parts_count = utf8proc_decompose_char(
            scalar, parts, CUNICODE_FOLDED_MAX,
            UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE, &boundary);
        for (int index = 0; index < parts_count && index < CUNICODE_FOLDED_MAX; index++) {
            uint8_t bytes[4];
            int size = (int)utf8proc_encode_char(prototype(parts[index]), bytes);
            if (size > capacity - length) return length;
            memcpy(out + length, bytes, (size_t)size);
            length += size;
        }
    }
    return length;
}
