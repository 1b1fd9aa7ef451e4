#include "Allocator.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "CSQLite.h"

// SQLite allocates about twenty small blocks for every message, and frees them at once: its
// own answer to that (lookaside) is left out of Debian's builds. Here small blocks come from
// lists of free ones, one list for every 16 bytes of size. A list is filled from slabs that
// are never given back, so it holds as much as was once needed at the same time.
//
// What counts against the limit are slabs and large blocks, taken from the C library. They must
// not appear in the count of what the server itself allocates (--wrap=malloc).

#ifdef CONCORD_COUNT_ALLOCATIONS
void *__real_malloc(size_t);
void *__real_realloc(void *, size_t);
#define library_malloc __real_malloc
#define library_realloc __real_realloc
#else
#define library_malloc malloc
#define library_realloc realloc
#endif

enum { GRAIN = 16, SMALL_MAX = 1024, SLAB_BYTES = 16384 };

/// What stands before each block: its usable bytes, a multiple of the grain if it is small.
/// Eight bytes, for SQLite wants blocks aligned to eight.
typedef union {
    uint64_t alignment;
    int bytes;
} header;

typedef struct free_block {
    struct free_block *next;
} free_block;

static free_block *free_lists[SMALL_MAX / GRAIN + 1];
static uint8_t *slab_rest;
static size_t slab_rest_bytes;

static int64_t limit = INT64_MAX;
static int64_t used;
static int64_t high_water;

static header *header_of(void *block) { return (header *)block - 1; }

static void *begin_block(void *memory, int bytes) {
    header *start = memory;
    start->bytes = bytes;
    return start + 1;
}

static bool has_room(int64_t bytes) { return bytes <= limit - used; }

static void count(int64_t bytes) {
    used += bytes;
    if (used > high_water) high_water = used;
}

static void *carve(int bytes) {
    size_t needed = sizeof(header) + (size_t)bytes;
    if (slab_rest_bytes < needed) {
        // The rest of the old slab, under a small block's size, is given up.
        if (!has_room(SLAB_BYTES)) return NULL;
        uint8_t *slab = library_malloc(SLAB_BYTES);
        if (!slab) return NULL;
        count(SLAB_BYTES);
        slab_rest = slab;
        slab_rest_bytes = SLAB_BYTES;
    }
    void *block = begin_block(slab_rest, bytes);
    slab_rest += needed;
    slab_rest_bytes -= needed;
    return block;
}

static int round_up(int bytes) { return (bytes + GRAIN - 1) & ~(GRAIN - 1); }

static void *allocate_large(int bytes) {
    int64_t total = (int64_t)sizeof(header) + bytes;
    if (!has_room(total)) return NULL;
    void *memory = library_malloc((size_t)total);
    if (!memory) return NULL;
    count(total);
    return begin_block(memory, bytes);
}

static void *allocate(int bytes) {
    if (bytes > SMALL_MAX) return allocate_large(bytes);
    int rounded = round_up(bytes);
    free_block **list = &free_lists[rounded / GRAIN];
    free_block *block = *list;
    if (!block) return carve(rounded);
    *list = block->next;
    return block;
}

static int size(void *block) { return header_of(block)->bytes; }

static void release(void *block) {
    int bytes = size(block);
    if (bytes > SMALL_MAX) {
        used -= (int64_t)sizeof(header) + bytes;
        free(header_of(block));
        return;
    }
    free_block *freed = block;
    freed->next = free_lists[bytes / GRAIN];
    free_lists[bytes / GRAIN] = freed;
}

static void *resize_large(void *block, int bytes) {
    int64_t growth = (int64_t)bytes - size(block);
    if (!has_room(growth)) return NULL;
    void *memory = library_realloc(header_of(block), sizeof(header) + (size_t)bytes);
    if (!memory) return NULL;
    count(growth);
    return begin_block(memory, bytes);
}

static void *resize(void *block, int bytes) {
    int old = size(block);
    if (old > SMALL_MAX && bytes > SMALL_MAX) return resize_large(block, bytes);
    if (old <= SMALL_MAX && round_up(bytes) == old) return block;
    void *moved = allocate(bytes);
    if (!moved) return NULL;
    memcpy(moved, block, (size_t)(old < bytes ? old : bytes));
    release(block);
    return moved;
}

static int start(void *unused) {
    (void)unused;
    return SQLITE_OK;
}
static void stop(void *unused) { (void)unused; }

const sqlite3_mem_methods csqlite_allocator = {
    .xMalloc = allocate,
    .xFree = release,
    .xRealloc = resize,
    .xSize = size,
    .xRoundup = round_up,
    .xInit = start,
    .xShutdown = stop,
};

void csqlite_set_heap_limit(int64_t bytes) { limit = bytes; }
int64_t csqlite_memory_used(void) { return used; }
int64_t csqlite_memory_high_water(void) { return high_water; }
