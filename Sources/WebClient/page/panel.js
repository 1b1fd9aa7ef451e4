// The panel beside the conversation: members, search, or the threads of the channel. On a small
// screen it covers the conversation.

import { h, byId, iconButton, narrow } from "./dom.js";
import { patchChildren } from "./patch.js";

/** Shows `content`, which has a `data-key`, under a title, or draws it anew; `close` is called by
 * the cross and by Escape. */
export function openPanel(title, content, close) {
  const panel = byId("panel");
  panel.setAttribute("aria-label", title);
  // Where nothing else is on the screen it is what the page is about.
  const isAll = narrow.matches;
  panel.role = isAll ? "main" : "complementary";
  const heading = h("h2", { "aria-level": isAll ? 1 : null }, title);
  const header = h("header", { role: "none" }, heading, iconButton("close", "Close", close));
  patchChildren(panel, header, content);
  panel.hidden = false;
  panel.onkeydown = (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) close();
  };
}

export function closePanel() {
  const panel = byId("panel");
  panel.hidden = true;
  panel.replaceChildren();
}
