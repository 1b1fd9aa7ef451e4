#include "Properties.h"

// What makes a name unfit to tell one person from another.

typedef enum { OTHER_SCRIPT, LATIN, GREEK, CYRILLIC } script;

/// The script of a letter, of those that are told apart.
static script script_of(int32_t scalar) {
    if (!is_letter(utf8proc_category(scalar))) return OTHER_SCRIPT;
    utf8proc_int32_t parts[CUNICODE_FOLDED_MAX];
    int boundary = UTF8PROC_BOUNDCLASS_START;
    utf8proc_ssize_t length = utf8proc_decompose_char(
        scalar, parts, CUNICODE_FOLDED_MAX, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, &boundary);
    int32_t letter = length > 0 ? parts[0] : scalar;
    if (letter < 0x370) return LATIN;
    if (letter <= 0x3FF) return GREEK;
    if (letter <= 0x52F) return CYRILLIC;
    if (letter >= 0x1C80 && letter <= 0x1C8F) return CYRILLIC;
    if (letter >= 0x1D00 && letter <= 0x1DBF) return letter == 0x1D2B ? CYRILLIC : LATIN;
    if (letter >= 0x1E00 && letter <= 0x1EFF) return LATIN;
    if (letter >= 0x1F00 && letter <= 0x1FFF) return GREEK;
    if (letter >= 0x2C60 && letter <= 0x2C7F) return LATIN;
    if (letter >= 0x2DE0 && letter <= 0x2DFF) return CYRILLIC;
    if (letter >= 0xA640 && letter <= 0xA69F) return CYRILLIC;
    if (letter >= 0xA720 && letter <= 0xA7FF) return LATIN;
    if (letter >= 0xAB30 && letter <= 0xAB64) return LATIN;
    return OTHER_SCRIPT;
}

/// Letters of scripts whose forms depend on their neighbours: a joiner between them can be seen.
static bool joins(int32_t scalar) {
    utf8proc_category_t category = utf8proc_category(scalar);
    if (!is_letter(category) && !is_mark(category)) return false;
    return (scalar >= 0x600 && scalar <= 0x8FF)       // Arabic, Syriac, Thaana, N'Ko, Mandaic
        || (scalar >= 0x900 && scalar <= 0xDFF)       // the scripts of India
        || (scalar >= 0x1000 && scalar <= 0x109F)     // Burmese
        || (scalar >= 0x1780 && scalar <= 0x18AF)     // Khmer, Mongolian
        || (scalar >= 0xA840 && scalar <= 0xA8FF)
        || (scalar >= 0xFB50 && scalar <= 0xFDFF) || (scalar >= 0xFE70 && scalar <= 0xFEFE)
        || (scalar >= 0x10AC0 && scalar <= 0x10FFF) || (scalar >= 0x11000 && scalar <= 0x11CFF)
        || (scalar >= 0x1E900 && scalar <= 0x1E95F);
}

enum { ZWNJ = 0x200C, ZWJ = 0x200D };

static bool is_variation_selector(int32_t scalar) {
    return (scalar >= 0xFE00 && scalar <= 0xFE0F) || (scalar >= 0xE0100 && scalar <= 0xE01EF);
}

/// What an emoji consists of, but for joiners and selectors.
static bool is_of_emoji(int32_t scalar) {
    return is_pictograph(scalar) || is_emoji_modifier(scalar) || is_regional_indicator(scalar);
}

/// Digits and signs that a selector makes a key of.
static bool is_key(int32_t scalar) {
    return (scalar >= '0' && scalar <= '9') || scalar == '#' || scalar == '*';
}

/// Whether something invisible may stand between these two (-1: nothing is there).
static bool may_stand(int32_t scalar, int32_t before, int32_t after) {
    if (before < 0) return false;
    if (scalar == 0xFE0F || scalar == 0xFE0E) return is_of_emoji(before) || (is_key(before) && after == 0x20E3);
    if (scalar == ZWJ && after >= 0) {
        bool follows_emoji = is_of_emoji(before) || before == 0xFE0F;
        if (follows_emoji && is_of_emoji(after)) return true;
    }
    if (scalar == ZWJ || scalar == ZWNJ) return after >= 0 && joins(before) && joins(after);
    return false;
}

/// Shows nothing, or changes the direction of what does.
static bool is_invisible(int32_t scalar) {
    if (scalar < 0) return true;
    const utf8proc_property_t *property = utf8proc_get_property(scalar);
    switch (property->category) {
        case UTF8PROC_CATEGORY_CC: case UTF8PROC_CATEGORY_CF: case UTF8PROC_CATEGORY_CS:
        case UTF8PROC_CATEGORY_CO: case UTF8PROC_CATEGORY_ZL: case UTF8PROC_CATEGORY_ZP:
            return true;
        default: break;
    }
    // Blank letters: fillers of Hangul, the empty pattern of Braille, the musical null note head.
    return property->ignorable || scalar == 0x3164 || scalar == 0xFFA0 || scalar == 0x115F
        || scalar == 0x1160 || scalar == 0x2800 || scalar == 0x1D159;
}

static int32_t scalar_at(const uint8_t *name, int count, int32_t position) {
    return position < count ? next_scalar(name, count, &position) : -1;
}

static bool ends_word(int32_t scalar) {
    utf8proc_category_t category = utf8proc_category(scalar);
    return !is_letter(category) && !is_mark(category);
}

cunicode_name_fault cunicode_judge_name(const uint8_t *name, int count, bool as_a_whole) {
    script seen = OTHER_SCRIPT;
    int32_t before = -1;
    for (int32_t position = 0; position < count;) {
        int32_t scalar = next_scalar(name, count, &position);
        if (is_invisible(scalar) || is_variation_selector(scalar)) {
            if (!may_stand(scalar, before, scalar_at(name, count, position)))
                return CUNICODE_NAME_IS_INVISIBLE;
        } else if (ends_word(scalar)) {
            if (!as_a_whole) seen = OTHER_SCRIPT;
        } else {
            script its = script_of(scalar);
            if (its != OTHER_SCRIPT && seen != OTHER_SCRIPT && its != seen)
                return CUNICODE_NAME_IS_MIXED;
            if (its != OTHER_SCRIPT) seen = its;
        }
        before = scalar;
    }
    return CUNICODE_NAME_IS_FINE;
}
