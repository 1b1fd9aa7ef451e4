#include "CDescriptions.h"

// The files are part of the program (C23 #embed): what it describes and what it does ship
// together. `make` takes out what only people need to read them, indentation; without make, as in
// a bare `swift test`, they go out as they are.
#if __has_include("../../build/descriptions/asyncapi.json")
#define OPENAPI "../../build/descriptions/openapi.json"
#define ASYNCAPI "../../build/descriptions/asyncapi.json"
#else
#define OPENAPI "openapi.json"
#define ASYNCAPI "asyncapi.json"
#endif

static const uint8_t openapi[] = {
#embed OPENAPI
};
const uint64_t descriptions_openapi_count = sizeof openapi;
const uint8_t *descriptions_openapi_text(void) { return openapi; }

static const uint8_t asyncapi[] = {
#embed ASYNCAPI
};
const uint64_t descriptions_asyncapi_count = sizeof asyncapi;
const uint8_t *descriptions_asyncapi_text(void) { return asyncapi; }
