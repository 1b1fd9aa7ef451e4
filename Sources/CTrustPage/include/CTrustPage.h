#pragma once
#include <stdint.h>

/// The parts of the page that explains how to trust this server, not terminated. In the first,
/// `{{name}}` stands for what is known only when the server starts.
const uint8_t *trust_page_html(void);
extern const uint64_t trust_page_html_count;
const uint8_t *trust_page_css(void);
extern const uint64_t trust_page_css_count;
const uint8_t *trust_page_js(void);
extern const uint64_t trust_page_js_count;
/// An Apple configuration profile, likewise.
const uint8_t *trust_page_profile(void);
extern const uint64_t trust_page_profile_count;
