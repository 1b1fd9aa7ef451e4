// Unicode as the server needs it, on top of utf8proc, with nothing of the vendor's header.
// Nothing here allocates. Text that comes in is valid UTF-8 unless a comment says otherwise.
#pragma once
#include <stdbool.h>
#include <stdint.h>

/// Writes the text in NFC, or in NFD. Returns its length, or -1 if it does not fit, has more than
/// 4,096 scalar values when it is decomposed, or is not valid UTF-8. `out` must not overlap `text`.
int cunicode_compose(const uint8_t *text, int count, uint8_t *out, int capacity);
int cunicode_decompose(const uint8_t *text, int count, uint8_t *out, int capacity);

/// Scalar values that one can fold to.
enum { CUNICODE_FOLDED_MAX = 32 };
/// Writes what a scalar value is searched by: compatibility decomposition (NFKD), full case folding, marks and
/// what is ignorable left out, `ł` as `l`. Returns how many; 0 if nothing of it is left.
int cunicode_fold(int32_t scalar, int32_t folded[CUNICODE_FOLDED_MAX]);

/// A word longer than this is told apart by its beginning alone.
enum { CUNICODE_WORD_BYTES_MAX = 64 };

/// A word of a text, folded (UTF-8).
typedef struct {
    uint8_t bytes[CUNICODE_WORD_BYTES_MAX];
    int32_t count;
    /// Scalar values of it.
    int32_t letters;
    /// Where it stands in the text.
    int32_t start, end;
    /// A character of a script without spaces, or an emoji: it is a word by itself.
    bool is_character;
    /// Nothing stands between it and the character before it.
    bool adjoins;
} cunicode_word;

/// Finds the next word from `*position` on, which it moves behind it; false if there is none.
/// The text may be of any bytes: what is no UTF-8 separates words.
bool cunicode_next_word(const uint8_t *text, int count, int32_t *position, cunicode_word *word);

/// Why a name is refused.
typedef enum {
    CUNICODE_NAME_IS_FINE,
    /// Invisible or bidirectional controls, unassigned or private characters.
    CUNICODE_NAME_IS_INVISIBLE,
    /// A word mixes Latin, Greek and Cyrillic.
    CUNICODE_NAME_IS_MIXED,
} cunicode_name_fault;

/// Judges a name; `as_a_whole`: the scripts are not to be mixed anywhere in it, else in no word.
cunicode_name_fault cunicode_judge_name(const uint8_t *name, int count, bool as_a_whole);

/// Writes what names that look alike have in common: the skeleton of UTS 39 over Latin, Greek, Cyrillic and
/// compatibility forms, after full case folding. Returns its length; what does not fit is cut off.
int cunicode_skeleton(const uint8_t *name, int count, uint8_t *out, int capacity);
