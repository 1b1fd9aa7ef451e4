#include "Arena.h"

#include <string.h>

// First fit over one list of free blocks, ordered by address, so that neighbours join again.
// Big numbers come and go in a few sizes: the list stays short.

enum { GRAIN = 16, CLAIMS_MAX = 4 };

typedef struct block {
    union {
        struct block *next;    // while it is free
        concord_arena *owner;  // while it is lent
    };
    size_t bytes;  // with this header
} block;

struct concord_arena {
    block *free_blocks;
    size_t used;
    size_t high_water;
};

_Static_assert(sizeof(block) <= GRAIN, "a header is one grain");

static struct {
    uint8_t *memory;
    size_t bytes;
} claims[CLAIMS_MAX];
static concord_arena *in_use;

static size_t whole_grains(size_t bytes) { return (bytes + GRAIN - 1) / GRAIN * GRAIN; }

void concord_arena_claim(uint8_t *memory, size_t bytes) {
    for (size_t index = 0; index < CLAIMS_MAX; index++)
        if (!claims[index].memory) {
            claims[index].memory = memory;
            claims[index].bytes = bytes;
            return;
        }
    __builtin_trap();
}

void concord_arena_disclaim(const uint8_t *memory) {
    for (size_t index = 0; index < CLAIMS_MAX; index++)
        if (claims[index].memory == memory) claims[index].memory = NULL;
}

static bool is_claimed(const void *address) {
    for (size_t index = 0; index < CLAIMS_MAX; index++)
        if (claims[index].memory
            && (uintptr_t)address - (uintptr_t)claims[index].memory < claims[index].bytes)
            return true;
    return false;
}

concord_arena *concord_arena_make(uint8_t *memory, size_t bytes) {
    size_t header = whole_grains(sizeof(concord_arena));
    block *all = (block *)(memory + header);
    all->next = NULL;
    all->bytes = (bytes - header) / GRAIN * GRAIN;
    concord_arena *arena = (concord_arena *)memory;
    *arena = (concord_arena){.free_blocks = all};
    return arena;
}

concord_arena *concord_arena_use(concord_arena *arena) {
    concord_arena *before = in_use;
    in_use = arena;
    return before;
}

bool concord_arena_is_used(void) { return in_use != NULL; }

size_t concord_arena_used(const concord_arena *arena) { return arena->used; }

size_t concord_arena_high_water(const concord_arena *arena) { return arena->high_water; }

void *concord_arena_allocate(size_t count, size_t bytes) {
    concord_arena *arena = in_use;
    size_t wanted;
    if (__builtin_mul_overflow(count, bytes, &wanted) || wanted > SIZE_MAX - 2 * GRAIN) return NULL;
    wanted = whole_grains(wanted) + GRAIN;

    block **link = &arena->free_blocks;
    while (*link && (*link)->bytes < wanted) link = &(*link)->next;
    block *found = *link;
    if (!found) return NULL;
    if (found->bytes - wanted >= 2 * GRAIN) {
        block *rest = (block *)((uint8_t *)found + wanted);
        *rest = (block){.next = found->next, .bytes = found->bytes - wanted};
        *link = rest;
        found->bytes = wanted;
    } else {
        *link = found->next;
    }
    found->owner = arena;
    arena->used += found->bytes;
    if (arena->used > arena->high_water) arena->high_water = arena->used;
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
    if (!is_claimed(address)) return false;
    block *freed = (block *)((uint8_t *)address - GRAIN);
    concord_arena *arena = freed->owner;
    arena->used -= freed->bytes;
    block *before = NULL;
    block *after = arena->free_blocks;
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
        arena->free_blocks = freed;
    }
    return true;
}
