// What the files of this module share. Not for Swift.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <utf8proc.h>

#include "CUnicode.h"

/// Reads the scalar value at `position` and moves it on; -1 for a byte that belongs to none.
static inline int32_t next_scalar(const uint8_t *text, int count, int32_t *position) {
    utf8proc_int32_t scalar;
    utf8proc_ssize_t length = utf8proc_iterate(text + *position, count - *position, &scalar);
    if (length <= 0) {
        *position += 1;
        return -1;
    }
    *position += (int32_t)length;
    return scalar;
}

static inline bool is_mark(utf8proc_category_t category) {
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC
        || category == UTF8PROC_CATEGORY_ME;
}

static inline bool is_letter(utf8proc_category_t category) {
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

static inline bool is_pictograph(int32_t scalar) {
    return scalar >= 0x80
        && utf8proc_get_property(scalar)->boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

static inline bool is_regional_indicator(int32_t scalar) {
    return scalar >= 0x1F1E6 && scalar <= 0x1F1FF;
}

/// The skin of an emoji.
static inline bool is_emoji_modifier(int32_t scalar) {
    return scalar >= 0x1F3FB && scalar <= 0x1F3FF;
}
