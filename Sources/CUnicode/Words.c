#include <string.h>

#include "Properties.h"

// A word is a run of letters and digits, what is between them (marks, joiners, soft hyphens) left out. In
// scripts that write without spaces each character is a word by itself, and so is an emoji; whether
// two of these stand side by side is told with the second.

/// Scripts that write without spaces between words, and Hangul, where a word carries its endings.
static bool is_of_script_without_spaces(int32_t scalar) {
    if (scalar < 0xE00) return false;
    return (scalar <= 0xEFF)                         // Thai, Lao
        || (scalar >= 0x1000 && scalar <= 0x11FF)    // Burmese (and Georgian, told below), Hangul
        || (scalar >= 0x1780 && scalar <= 0x17FF)    // Khmer
        || (scalar >= 0x1A20 && scalar <= 0x1AAF)    // Tai Tham
        || (scalar >= 0x2E80 && scalar <= 0x2FDF)    // radicals
        || (scalar >= 0x3005 && scalar <= 0x3007)
        || (scalar >= 0x3021 && scalar <= 0x3029)
        || (scalar >= 0x3031 && scalar <= 0x303C)
        || (scalar >= 0x3040 && scalar <= 0x318F)    // kana, bopomofo, Hangul
        || (scalar >= 0x31A0 && scalar <= 0x31FF)
        || (scalar >= 0x3400 && scalar <= 0x4DBF)
        || (scalar >= 0x4E00 && scalar <= 0x9FFF)
        || (scalar >= 0xA960 && scalar <= 0xA97F)
        || (scalar >= 0xA9E0 && scalar <= 0xA9FF)
        || (scalar >= 0xAA60 && scalar <= 0xAA7F)
        || (scalar >= 0xAC00 && scalar <= 0xD7FF)
        || (scalar >= 0xF900 && scalar <= 0xFAFF)
        || (scalar >= 0x1AFF0 && scalar <= 0x1B16F)
        || (scalar >= 0x20000 && scalar <= 0x3FFFF);
}

typedef enum { NOTHING, SEPARATOR, LETTER, CHARACTER } kind;

/// What one scalar value of a folded text is.
static kind kind_of(int32_t scalar) {
    if (scalar < 0x80) {
        bool is_word = (scalar >= 'a' && scalar <= 'z') || (scalar >= '0' && scalar <= '9');
        return is_word ? LETTER : SEPARATOR;
    }
    if (is_pictograph(scalar) || is_regional_indicator(scalar)) return CHARACTER;
    utf8proc_category_t category = utf8proc_category(scalar);
    bool is_word = is_letter(category)
        || (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO)
        || category == UTF8PROC_CATEGORY_CO;
    if (!is_word) return SEPARATOR;
    bool is_georgian = scalar >= 0x10A0 && scalar <= 0x10FF;
    return is_of_script_without_spaces(scalar) && !is_georgian ? CHARACTER : LETTER;
}

static void append(cunicode_word *word, int32_t scalar) {
    if (word->count + 4 > CUNICODE_WORD_BYTES_MAX) return;
    word->count += (int32_t)utf8proc_encode_char(scalar, word->bytes + word->count);
    word->letters += 1;
}

/// The syllable that Hangul's letters from `scalar` on make; they may come one by one.
static int32_t take_syllable(
    int32_t scalar, const uint8_t *text, int count, int32_t *position) {
    bool is_lead = scalar >= 0x1100 && scalar <= 0x1112;
    if (!is_lead) return scalar;
    int32_t folded[CUNICODE_FOLDED_MAX];
    int32_t next = *position;
    if (next >= count) return scalar;
    if (cunicode_fold(next_scalar(text, count, &next), folded) != 1) return scalar;
    if (folded[0] < 0x1161 || folded[0] > 0x1175) return scalar;
    int32_t syllable = 0xAC00 + ((scalar - 0x1100) * 21 + (folded[0] - 0x1161)) * 28;
    *position = next;
    if (next >= count) return syllable;
    if (cunicode_fold(next_scalar(text, count, &next), folded) != 1) return syllable;
    if (folded[0] < 0x11A8 || folded[0] > 0x11C2) return syllable;
    *position = next;
    return syllable + folded[0] - 0x11A7;
}

/// A flag is two letters, and no letter of it a word.
static void take_rest_of_flag(
    cunicode_word *word, const uint8_t *text, int count, int32_t *position) {
    int32_t next = *position;
    if (next >= count) return;
    int32_t scalar = next_scalar(text, count, &next);
    if (!is_regional_indicator(scalar)) return;
    append(word, scalar);
    word->letters = 1;
    *position = next;
}

static void make_character(
    cunicode_word *word, int32_t scalar, const uint8_t *text, int count, int32_t *position) {
    word->is_character = true;
    append(word, take_syllable(scalar, text, count, position));
    if (is_regional_indicator(scalar)) take_rest_of_flag(word, text, count, position);
}

/// What a scalar value of the text is, and its folded form.
static kind look(int32_t scalar, int32_t folded[CUNICODE_FOLDED_MAX], int *length) {
    *length = 1;
    folded[0] = scalar;
    if (scalar < 0) return SEPARATOR;
    // An emoji stays itself, also where Unicode has it stand for letters.
    if (is_pictograph(scalar)) return CHARACTER;
    *length = cunicode_fold(scalar, folded);
    return *length == 0 ? NOTHING : kind_of(folded[0]);
}

bool cunicode_next_word(const uint8_t *text, int count, int32_t *position, cunicode_word *word) {
    *word = (cunicode_word){.adjoins = *position > 0};
    int32_t folded[CUNICODE_FOLDED_MAX];
    while (*position < count) {
        int32_t start = *position, next = start;
        int length;
        kind found = look(next_scalar(text, count, &next), folded, &length);
        bool begins = word->count == 0;
        // What follows a word ends it, unless it is left out.
        if (!begins && (found == SEPARATOR || found == CHARACTER)) return true;
        *position = next;
        if (found == SEPARATOR) word->adjoins = false;
        if (found == NOTHING || found == SEPARATOR) continue;
        if (begins) word->start = start;
        if (found == CHARACTER) {
            make_character(word, folded[0], text, count, position);
            word->end = *position;
            return true;
        }
        // Of what folds to several, a fraction for one, all that are no letters are left out.
        for (int index = 0; index < length; index++)
            if (kind_of(folded[index]) == LETTER) append(word, folded[index]);
        word->end = next;
    }
    return word->count > 0;
}
