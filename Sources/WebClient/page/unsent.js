// What was written and not sent, wherever it was for: a line that tells of it where nothing else
// does, and a dialog in which none of it can get lost.

import { copy, openDialog, sentence } from "./dialogs.js";
import { button, byId, h } from "./dom.js";
import { forget, retry, waitingEverywhere } from "./outbox.js";
import { patchChildren } from "./patch.js";
import { store, watch } from "./store.js";

/** @param isShown whether the timeline of a message's place is open, and shows it */
export function tellOfUnsent(isShown) {
  const draw = () => {
    const line = byId("unsent");
    // Without the channels there is no other place where anything that waits could be seen.
    const count = waitingEverywhere()
      .filter((entry) => (store.server ? entry.failure && !isShown(entry) : true)).length;
    line.hidden = count === 0;
    if (!count) return;
    const what = count === 1 ? "1 message of yours is" : `${count} messages of yours are`;
    patchChildren(line, `${what} not sent. `, button("Show", openUnsent, "link"));
  };
  watch("outbox channels", draw);
  return draw;
}

export function openUnsent() {
  const list = h("ul", { class: "unsent" });
  const draw = () => {
    const entries = waitingEverywhere();
    patchChildren(
      list, entries.map(item), entries.length ? null : h("li", {}, "Everything is sent."));
  };
  drawOpen = draw;
  draw();
  openDialog("Not sent", () => h("div", {}, list)).then(() => {
    if (drawOpen === draw) drawOpen = () => {};
  });
}

/** Draws the dialog anew, if it is open. */
let drawOpen = () => {};
watch("outbox", () => drawOpen());

function item({ nonce, channelId, threadId, content, failure }) {
  const channel = store.channels.get(channelId);
  const place = channel ? `#${channel.name}` : "a channel that is not here";
  const state = failure ? sentence({ message: failure }) : "Waiting to be sent.";
  const text = h("textarea", { readonly: true, rows: 2, "aria-label": "Message" }, content);
  return h(
    "li", { "data-key": nonce },
    h("p", { class: "hint" }, `${threadId ? "In a thread of" : "In"} ${place}`), text,
    h("p", { class: failure ? "problem" : "hint" }, state),
    h(
      "div", { class: "buttons" },
      button("Copy", (event) => copy(event.target.closest("li").querySelector("textarea"))),
      failure ? button("Try again", () => retry(nonce)) : null,
      button("Discard", () => forget(nonce), "danger")));
}
