#include "CTrustPage.h"

// The files are part of the program (C23 #embed).

static const uint8_t html[] = {
#embed "trust.html"
};
const uint64_t trust_page_html_count = sizeof html;
const uint8_t *trust_page_html(void) { return html; }

static const uint8_t css[] = {
#embed "trust.css"
};
const uint64_t trust_page_css_count = sizeof css;
const uint8_t *trust_page_css(void) { return css; }

static const uint8_t js[] = {
#embed "trust.js"
};
const uint64_t trust_page_js_count = sizeof js;
const uint8_t *trust_page_js(void) { return js; }

static const uint8_t profile[] = {
#embed "concord.mobileconfig"
};
const uint64_t trust_page_profile_count = sizeof profile;
const uint8_t *trust_page_profile(void) { return profile; }
