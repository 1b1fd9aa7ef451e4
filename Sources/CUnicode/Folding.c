#include "Properties.h"

/// Letters with a stroke and the like, which Unicode does not decompose, by what people type for them.
static int32_t without_stroke(int32_t scalar) {
    switch (scalar) {
        case 0x142: case 0x19A: case 0x26B: return 'l';
        case 0xF8: case 0x275: return 'o';
        case 0x111: case 0x256: case 0x257: return 'd';
        case 0x127: return 'h';
        case 0x167: return 't';
        case 0x131: case 0x268: return 'i';
        case 0x180: case 0x253: return 'b';
        case 0x1E5: case 0x260: return 'g';
        case 0x1B6: return 'z';
        case 0x289: return 'u';
        default: return scalar;
    }
}

static bool is_left_out(int32_t scalar) {
    const utf8proc_property_t *property = utf8proc_get_property(scalar);
    return property->ignorable || is_mark((utf8proc_category_t)property->category)
        || is_emoji_modifier(scalar)
        // The Arabic letter that only lengthens a word.
        || scalar == 0x640;
}

static int put(int32_t scalar, int32_t *folded, int count) {
    if (is_left_out(scalar)) return count;
    int32_t first = scalar == 0xE6 ? 'a' : scalar == 0x153 ? 'o' : 0;
    if (first) {
        folded[count] = first;
        if (count + 1 < CUNICODE_FOLDED_MAX) folded[count + 1] = 'e';
        return count + 1 < CUNICODE_FOLDED_MAX ? count + 2 : count + 1;
    }
    folded[count] = without_stroke(scalar);
    return count + 1;
}

int cunicode_fold(int32_t scalar, int32_t folded[CUNICODE_FOLDED_MAX]) {
    if (scalar < 0x80) {
        folded[0] = scalar >= 'A' && scalar <= 'Z' ? scalar | 0x20 : scalar;
        return 1;
    }
    // A syllable of Hangul stays one character.
    if (scalar >= 0xAC00 && scalar <= 0xD7A3) {
        folded[0] = scalar;
        return 1;
    }
    utf8proc_int32_t parts[CUNICODE_FOLDED_MAX];
    int boundary = UTF8PROC_BOUNDCLASS_START;
    utf8proc_ssize_t length = utf8proc_decompose_char(
        scalar, parts, CUNICODE_FOLDED_MAX,
        UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD, &boundary);
    if (length < 0 || length > CUNICODE_FOLDED_MAX) return 0;
    int count = 0;
    for (int index = 0; index < length && count < CUNICODE_FOLDED_MAX; index++)
        count = put(parts[index], folded, count);
    return count;
}
