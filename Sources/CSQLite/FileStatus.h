#pragma once

// On 32-bit boards SQLite is told of files without their times; elsewhere nothing changes.
// Before the first file is opened. Returns one of SQLite's codes.
int csqlite_tell_files_without_times(void);
