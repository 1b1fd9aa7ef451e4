#include "CDescriptions.h"

// The files are part of the program (C23 #embed): what it describes and what it does ship
// together.

static const uint8_t openapi[] = {
#embed "openapi.json"
};
const uint64_t descriptions_openapi_count = sizeof openapi;
const uint8_t *descriptions_openapi_text(void) { return openapi; }

static const uint8_t asyncapi[] = {
#embed "asyncapi.json"
};
const uint64_t descriptions_asyncapi_count = sizeof asyncapi;
const uint8_t *descriptions_asyncapi_text(void) { return asyncapi; }
