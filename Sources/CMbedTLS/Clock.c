// By itself, for a file that asks for 64-bit time on 32-bit boards may include no header of a
// library: Debian's are built with 32 bits.
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64
#include <stdint.h>
#include <time.h>

int64_t concord_tls_now_ns(void);

int64_t concord_tls_now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}
