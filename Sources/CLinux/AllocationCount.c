// Counts what our own code allocates: the release link sends every call of malloc and its
// kin here (--wrap). SQLite has an allocator of its own, which is bounded by the memory plan and
// does not pass through here. mbedTLS cannot be given one: while it works, what it asks for is
// taken from its arena (CMbedTLS/Arena.c), and nothing from the C library.
//
// Where memory was planned nobody asks whether it came: here the process ends with a clear line if
// the system gives none. That is at the start, but for what SIGHUP has read again.
#include "CLinux.h"

#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

static uint64_t allocations;

uint64_t linux_allocation_count(void) { return allocations; }

#ifdef CONCORD_COUNT_ALLOCATIONS
void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void __real_free(void *);
int __real_posix_memalign(void **, size_t, size_t);
void *__real_aligned_alloc(size_t, size_t);

bool concord_arena_is_used(void);
void *concord_arena_allocate(size_t, size_t);
bool concord_arena_free(void *);

static void *given(void *memory) {
    static const char line[] = "concord: the system gives this process no more memory (ulimit -v, "
                               "MemoryMax): allow it more, or choose a smaller profile\n";
    if (memory) return memory;
    linux_write_all(2, (const uint8_t *)line, sizeof line - 1);
    _exit(1);
}

void *__wrap_malloc(size_t bytes) {
    allocations++;
    return given(__real_malloc(bytes));
}

void *__wrap_calloc(size_t count, size_t bytes) {
    if (concord_arena_is_used()) return concord_arena_allocate(count, bytes);
    allocations++;
    return given(__real_calloc(count, bytes));
}

void __wrap_free(void *block) {
    if (!concord_arena_free(block)) __real_free(block);
}

void *__wrap_realloc(void *old, size_t bytes) {
    allocations++;
    void *memory = __real_realloc(old, bytes);
    return bytes > 0 ? given(memory) : memory;
}

int __wrap_posix_memalign(void **out, size_t alignment, size_t bytes) {
    allocations++;
    int error = __real_posix_memalign(out, alignment, bytes);
    if (error) given(NULL);
    return error;
}

void *__wrap_aligned_alloc(size_t alignment, size_t bytes) {
    allocations++;
    return given(__real_aligned_alloc(alignment, bytes));
}
#endif
