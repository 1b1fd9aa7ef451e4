#pragma once
#include <sqlite3.h>

/// Gives this connection the FTS5 tokenizer `words`: the words of `cunicode_next_word`.
int csqlite_register_tokenizer(sqlite3 *connection);
