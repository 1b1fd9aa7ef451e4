// Where mbedTLS takes its memory while it signs, verifies or reads a key. Debian builds it
// without a hook for allocators of others: the release link sends what it asks of calloc and
// free here instead (CLinux/AllocationCount.c), between `open` and `close`.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Twice what an RSA key of 4096 bits asks for at the worst.
enum { CONCORD_ARENA_BYTES = 32 * 1024 };

void concord_arena_open(void);
void concord_arena_close(void);
bool concord_arena_is_open(void);

// Zeroed memory, or null if there is none left: never more than the arena holds.
void *concord_arena_allocate(size_t count, size_t bytes);
// False if the block is not of the arena.
bool concord_arena_free(void *block);

// Bytes in use, with what each block costs beside its own, now and at most so far.
size_t concord_arena_used(void);
size_t concord_arena_high_water(void);
