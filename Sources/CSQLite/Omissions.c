// What Debian's SQLite has and the server never asks for: full-text search before FTS5, R-trees,
// JSON in SQL, statistics about pages, SQL's trigonometry. A static program would carry all of it, a tenth of
// its size on a small board; so where the linker looks for it, it finds these.
//
// Only in the static program: a shared library brings its own. Where SQLite is one single object,
// nothing asks for these, and they are left out themselves.
#ifdef CONCORD_STATIC
#include <math.h>
#include <sqlite3.h>

int sqlite3Fts3Init(sqlite3 *connection) { (void)connection; return SQLITE_OK; }
int sqlite3RtreeInit(sqlite3 *connection) { (void)connection; return SQLITE_OK; }
int sqlite3DbstatRegister(sqlite3 *connection) { (void)connection; return SQLITE_OK; }
int sqlite3JsonTableFunctions(sqlite3 *connection) { (void)connection; return SQLITE_OK; }
void sqlite3RegisterJsonFunctions(void) {}

// Taken by SQL's functions of the same names, which no statement here names.
#define OMITTED(name) double name(double value) { (void)value; return (double)NAN; }
OMITTED(acos)
OMITTED(acosh)
OMITTED(asin)
OMITTED(asinh)
OMITTED(atan)
OMITTED(atanh)
OMITTED(cos)
OMITTED(cosh)
OMITTED(sin)
OMITTED(sinh)
OMITTED(tan)
OMITTED(tanh)

double atan2(double y, double x) { (void)y; (void)x; return (double)NAN; }
#endif
