#include <sqlite3.h>

#include "CSQLite.h"

// The chats of a turn as a table to SQL (an eponymous virtual table), so that one INSERT takes them all.
// Two things cost more than the rows themselves, and are spared: beginning and ending a statement for
// each, and looking for the place of each id in the tree. For that, the table shows the first id alone.
// Where a row has none, SQLite gives it the next one, without looking further than the tree's end.

typedef struct {
    sqlite3_vtab base;
    const csqlite_chat_batch *batch;
} batch_table;

typedef struct {
    sqlite3_vtab_cursor base;
    const csqlite_chat *first, *next, *end;
} batch_cursor;

static int connect(
    sqlite3 *connection, void *batch, int count, const char *const *arguments, sqlite3_vtab **opened,
    char **error) {
    (void)count, (void)arguments, (void)error;
    int code = sqlite3_declare_vtab(
        connection, "CREATE TABLE chat_batch (id, created_at, author, channel, thread, content)");
    if (code != SQLITE_OK) return code;
    batch_table *table = sqlite3_malloc(sizeof *table);
    if (!table) return SQLITE_NOMEM;
    *table = (batch_table){.batch = batch};
    *opened = &table->base;
    return SQLITE_OK;
}

static int disconnect(sqlite3_vtab *table) {
    sqlite3_free(table);
    return SQLITE_OK;
}

/// There is one way to read it: from its beginning to its end.
static int plan(sqlite3_vtab *table, sqlite3_index_info *query) {
    (void)table, (void)query;
    return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **opened) {
    (void)table;
    batch_cursor *cursor = sqlite3_malloc(sizeof *cursor);
    if (!cursor) return SQLITE_NOMEM;
    *cursor = (batch_cursor){0};
    *opened = &cursor->base;
    return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *cursor) {
    sqlite3_free(cursor);
    return SQLITE_OK;
}

static int start(
    sqlite3_vtab_cursor *base, int plan, const char *name, int count, sqlite3_value **values) {
    (void)plan, (void)name, (void)count, (void)values;
    batch_cursor *cursor = (batch_cursor *)base;
    const csqlite_chat_batch *batch = ((batch_table *)base->pVtab)->batch;
    cursor->first = cursor->next = batch->chats;
    cursor->end = batch->chats + batch->count;
    return SQLITE_OK;
}

static int advance(sqlite3_vtab_cursor *cursor) {
    ((batch_cursor *)cursor)->next++;
    return SQLITE_OK;
}

static int is_at_end(sqlite3_vtab_cursor *base) {
    batch_cursor *cursor = (batch_cursor *)base;
    return cursor->next == cursor->end;
}

/// What has no result is NULL.
static int show_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column) {
    batch_cursor *cursor = (batch_cursor *)base;
    const csqlite_chat *chat = cursor->next;
    switch (column) {
        case 0:
            if (chat == cursor->first) sqlite3_result_int64(context, chat->id);
            break;
        case 1: sqlite3_result_int64(context, chat->created_at); break;
        case 2: sqlite3_result_int64(context, chat->author); break;
        case 3: sqlite3_result_int64(context, chat->channel); break;
        case 4:
            if (chat->thread) sqlite3_result_int64(context, chat->thread);
            break;
        default:
            sqlite3_result_text(
                context, (const char *)chat->content, chat->content_bytes, SQLITE_STATIC);
    }
    return SQLITE_OK;
}

static int show_row_id(sqlite3_vtab_cursor *cursor, sqlite3_int64 *id) {
    *id = ((batch_cursor *)cursor)->next->id;
    return SQLITE_OK;
}

static const sqlite3_module chat_batch = {
    .xConnect = connect,
    .xBestIndex = plan,
    .xDisconnect = disconnect,
    .xOpen = open_cursor,
    .xClose = close_cursor,
    .xFilter = start,
    .xNext = advance,
    .xEof = is_at_end,
    .xColumn = show_column,
    .xRowid = show_row_id,
};

int csqlite_show_chat_batch(csqlite_connection *connection, const csqlite_chat_batch *batch) {
    return sqlite3_create_module(connection, "chat_batch", &chat_batch, (void *)batch);
}
