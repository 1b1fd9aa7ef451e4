// The panel beside the conversation: members, search, or the threads of the channel. On a small
// screen it covers the conversation.

import { h, byId, iconButton, isolated, narrow } from "./dom.js";
import { patchChildren } from "./patch.js";
import { goTo, keyOf } from "./place.js";
import { unreadIn } from "./reading.js";
import { nameOf, store } from "./store.js";

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

/** All threads of a channel, the newest first. */
export function threadList(channelId) {
  const threads = [...store.threads.values()]
    .filter((thread) => thread.channelId === channelId).sort((a, b) => b.id - a.id);
  if (!threads.length) {
    const text = "There are no threads here. Begin one with the tools of a message.";
    return h("p", { class: "hint panel-body", "data-key": "threads" }, text);
  }
  const attributes = { class: "panel-body threads", "data-key": "threads" };
  return h("ul", attributes, ...threads.map((thread) => {
    const { count } = unreadIn(keyOf(channelId, thread.id));
    const open = () => goTo({ channelId, threadId: thread.id });
    return h("li", { "data-key": `t${thread.id}` }, h(
      "button", { type: "button", class: "result", onclick: open },
      h("strong", {}, thread.name), count ? h("span", { class: "badge" }, `${count} new`) : null,
      h("span", { class: "hint" }, "begun by ", isolated(nameOf(thread.creatorId)))));
  }));
}
