#include "Tokenizer.h"

#include <stddef.h>

#include "CUnicode.h"

typedef int take_token(void *context, int flags, const char *token, int count, int start, int end);

static int create(void *context, const char **arguments, int count, Fts5Tokenizer **tokenizer) {
    (void)context, (void)arguments, (void)count;
    // It has no state, but must not be null.
    static char one;
    *tokenizer = (Fts5Tokenizer *)&one;
    return SQLITE_OK;
}

static void delete(Fts5Tokenizer *tokenizer) { (void)tokenizer; }

static int tokenize(
    Fts5Tokenizer *tokenizer, void *context, int flags, const char *text, int count,
    take_token *take) {
    (void)tokenizer, (void)flags;
    int32_t position = 0;
    cunicode_word word;
    while (cunicode_next_word((const uint8_t *)text, count, &position, &word)) {
        int code = take(context, 0, (const char *)word.bytes, word.count, word.start, word.end);
        if (code != SQLITE_OK) return code;
    }
    return SQLITE_OK;
}

int csqlite_register_tokenizer(sqlite3 *connection) {
    sqlite3_stmt *statement;
    fts5_api *api = NULL;
    int code = sqlite3_prepare_v2(connection, "SELECT fts5(?1)", -1, &statement, NULL);
    if (code != SQLITE_OK) return code;
    sqlite3_bind_pointer(statement, 1, &api, "fts5_api_ptr", NULL);
    sqlite3_step(statement);
    code = sqlite3_finalize(statement);
    if (code != SQLITE_OK) return code;
    if (!api) return SQLITE_ERROR;
    static fts5_tokenizer words = {.xCreate = create, .xDelete = delete, .xTokenize = tokenize};
    return api->xCreateTokenizer(api, "words", NULL, &words, NULL);
}
