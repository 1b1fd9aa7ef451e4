// Where mbedTLS takes its memory. Debian builds it without a hook for allocators of others: the
// release link sends what it asks of calloc and free here instead (CLinux/AllocationCount.c),
// to the arena in use, if one is.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct concord_arena concord_arena;

// Tells the blocks of arenas from those of the C library: all arenas lie in memory that was
// claimed. A few pieces may be claimed at a time.
void concord_arena_claim(uint8_t *memory, size_t bytes);
void concord_arena_disclaim(const uint8_t *memory);

// An arena in claimed memory, aligned to 16 bytes, which it owns until that is disclaimed.
concord_arena *concord_arena_make(uint8_t *memory, size_t bytes);

// From now on what is asked for comes from this arena; from the C library if it is null.
// Returns the one that was in use, to go back to.
concord_arena *concord_arena_use(concord_arena *arena);
bool concord_arena_is_used(void);

// Zeroed memory, or null if there is none left: never more than the arena in use holds.
void *concord_arena_allocate(size_t count, size_t bytes);
// Gives a block back to the arena that it is of, whichever is in use; false if it is of none.
bool concord_arena_free(void *block);

// Bytes in use, with what each block costs beside its own, now and at most so far.
size_t concord_arena_used(const concord_arena *arena);
size_t concord_arena_high_water(const concord_arena *arena);
