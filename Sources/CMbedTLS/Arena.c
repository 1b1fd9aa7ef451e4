#include "Arena.h"

#include <string.h>

// First fit over one list of free blocks, ordered by address, so that neighbours join again.
// Big numbers come and go in a few sizes: the list stays short.

enum { GRAIN = 16 };

typedef struct block {
    size_t bytes;  // with this header
    struct block *next;
} block;

_Static_assert(sizeof(block) <= GRAIN, "a header is one grain");

static _Alignas(GRAIN) uint8_t memory[CONCORD_ARENA_BYTES];
static block *free_blocks;
static bool has_begun;
static bool is_open;
static size_t used;
static size_t high_water;

void concord_arena_open(void) {
    if (!has_begun) {
        has_begun = true;
        free_blocks = (block *)memory;
        *free_blocks = (block){.bytes = sizeof memory};
    }
    is_open = true;
}

void concord_arena_close(void) { is_open = false; }

bool concord_arena_is_open(void) { return is_open; }

size_t concord_arena_used(void) { return used; }

size_t concord_arena_high_water(void) { return high_water; }

void *concord_arena_allocate(size_t count, size_t bytes) {
    size_t wanted;
    if (__builtin_mul_overflow(count, bytes, &wanted) || wanted > sizeof memory) return NULL;
    wanted = (wanted + GRAIN - 1) / GRAIN * GRAIN + GRAIN;

    block **link = &free_blocks;
    while (*link && (*link)->bytes < wanted) link = &(*link)->next;
    block *found = *link;
    if (!found) return NULL;
    if (found->bytes - wanted >= 2 * GRAIN) {
        block *rest = (block *)((uint8_t *)found + wanted);
        *rest = (block){.bytes = found->bytes - wanted, .next = found->next};
        *link = rest;
        found->bytes = wanted;
    } else {
        *link = found->next;
    }
    used += found->bytes;
    if (used > high_water) high_water = used;
    return memset((uint8_t *)found + GRAIN, 0, found->bytes - GRAIN);
}

static void join_next(block *first) {
    block *next = first->next;
    if (next && (uint8_t *)first + first->bytes == (uint8_t *)next) {
        first->bytes += next->bytes;
        first->next = next->next;
    }
}

bool concord_arena_free(void *address) {
    uintptr_t offset = (uintptr_t)address - (uintptr_t)memory;
    if (offset >= sizeof memory) return false;
    block *freed = (block *)((uint8_t *)address - GRAIN);
    used -= freed->bytes;
    block *before = NULL;
    block *after = free_blocks;
    while (after && after < freed) {
        before = after;
        after = after->next;
    }
    freed->next = after;
    join_next(freed);
    if (before) {
        before->next = freed;
        join_next(before);
    } else {
        free_blocks = freed;
    }
    return true;
}
