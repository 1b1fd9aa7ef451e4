// The memory that SQLite gets: counted, bounded, and fast where SQLite asks most often.
#pragma once
#include <sqlite3.h>
#include <stdint.h>

/// For SQLITE_CONFIG_MALLOC.
extern const sqlite3_mem_methods csqlite_allocator;

/// Bounds all memory that is held from now on.
void csqlite_set_heap_limit(int64_t bytes);
