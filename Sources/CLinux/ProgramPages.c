#define _GNU_SOURCE
#include "CLinux.h"

#include <sys/mman.h>
#include <unistd.h>

// From the linker: the program's constants and code, which are read from its file and never
// written, lie between these. Weak, for not every linker of a debug build has them.
extern const char __executable_start[] __attribute__((weak));
extern const char etext[] __attribute__((weak));

void linux_release_program_pages(void) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = ((uintptr_t)__executable_start + page - 1) & ~(page - 1);
    uintptr_t end = (uintptr_t)etext & ~(page - 1);
    if (start && start < end) madvise((void *)start, end - start, MADV_DONTNEED);
}
