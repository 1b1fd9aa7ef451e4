#pragma once
#include <sqlite3.h>

/// The name of a VFS that writes a database's log in large pieces (GatheredLog.c), for
/// databases that sync at each commit.
extern const char csqlite_gathered_log[];

int csqlite_register_gathered_log(void);
