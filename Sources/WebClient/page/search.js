// Full text search over all channels that one may see. What was found is kept true while it is
// there: what is edited meanwhile is shown as it is now, what is deleted goes.

import { listChats } from "./api.js";
import { attempt, form } from "./dialogs.js";
import { button, h, isolated, oncePerFrame, timeElement } from "./dom.js";
import { avatar } from "./images.js";
import { nodesOf } from "./markup.js";
import { patchChildren } from "./patch.js";
import { nameOf, store, watch } from "./store.js";

const PAGE = 25;
/** The most that the server lists at once. */
const PAGE_MAX = 200;

/** @param goToChat(chat) */
export function searchPanel(goToChat) {
  const input = h("input", {
    type: "search", "aria-label": "Search messages", placeholder: "Search", required: true,
    maxlength: 200,
  });
  const results = h("ol", { class: "results" });
  const help = "Any word; \"several words\" as they stand; -word leaves out.";
  const status = h("p", { class: "hint", role: "status" }, help);
  const more = button("More", () => attempt(readMore));
  more.hidden = true;
  let query = "";
  /** What was found, the newest first. */
  let found = [];

  const draw = () => {
    const { activeElement } = document;
    const hadFocus = results.contains(activeElement);
    patchChildren(results, ...found.map((chat) =>
      h("li", { "data-key": chat.id }, result(chat, goToChat))));
    if (hadFocus && !activeElement.isConnected) input.focus();
    const number = more.hidden ? found.length : `${found.length} or more`;
    status.textContent = found.length || !more.hidden ? `${number} found.` : "Nothing found.";
  };
  /** Channels that were known while this was open: one of which the stream has yet to tell is none
   * that has gone. */
  const known = new Set();
  const isThere = ({ channelId }) => {
    if (!store.channels.has(channelId)) return !known.has(channelId);
    known.add(channelId);
    return true;
  };
  const read = async (size, beforeId) => {
    const chats = await listChats({ query, size, beforeId });
    chats.forEach(isThere);
    more.hidden = chats.length < size;
    return chats;
  };
  const readMore = async () => {
    // From the last on, wherever that is now among all that there are.
    found = [...found, ...await read(PAGE, found.at(-1)?.id)];
    draw();
  };
  const begin = () => {
    query = input.value.trim();
    found = [];
    results.replaceChildren();
    return query && readMore();
  };
  /** Takes what was found through a change. */
  const keep = (change) => {
    if (!found.length) return;
    found = change(found);
    drawSoon();
  };
  const drawSoon = oncePerFrame(draw);
  watch("edited", ({ chatId, content }) => keep((chats) =>
    chats.map((chat) => (chat.id === chatId ? { ...chat, content } : chat))));
  watch("deleted", ({ chatId }) => keep((chats) => chats.filter(({ id }) => id !== chatId)));
  watch("channels", () => keep((chats) => chats.filter(isThere)));
  watch("afresh", async () => {
    if (!found.length) return;
    const chats = await read(Math.min(Math.max(found.length, PAGE), PAGE_MAX)).catch(() => found);
    keep(() => chats);
  });
  const element = h(
    "div", { class: "panel-body search", "data-key": "search" },
    form(begin, "Search", input), status, results, more);
  return { element, input };
}

function result(chat, goToChat) {
  const channel = store.channels.get(chat.channelId);
  const thread = store.threads.get(chat.threadId);
  const text = nodesOf(chat.content.slice(0, 300)).map((node) => node.textContent).join("");
  return h(
    "button", { type: "button", class: "result", onclick: () => goToChat(chat) },
    h(
      "span", { class: "by" },
      avatar(chat.authorId, "avatar tiny"), h("strong", {}, nameOf(chat.authorId)),
      " in #", isolated(channel?.name ?? "?"), thread ? ", " : "", isolated(thread?.name ?? "")),
    h("span", { class: "content" }, text),
    timeElement(chat.createdAt, true));
}
