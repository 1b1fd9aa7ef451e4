#include "WebClient.h"

// `make` packs the folder page for the program (pack): each file as it goes over the wire, and
// a table of them. Without make, as in a bare `swift test`, the server says what it lacks.
#if __has_include("../../build/web/Files.inc")
#include "../../build/web/Files.inc"
#else
static const uint8_t notice[] =
    "<!doctype html><title>Concord</title>This build has no web page: build it with make.\n";
static const WebClientFile files[] = {
    {"index.html", "text/html; charset=utf-8", "\"none\"", notice, sizeof notice - 1, false},
};
#endif

uint64_t web_client_file_count(void) { return sizeof files / sizeof *files; }
const WebClientFile *web_client_file(uint64_t index) { return &files[index]; }
