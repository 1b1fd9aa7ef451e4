// Full text search over all channels that one may see.

import { listChats } from "./api.js";
import { attempt, form } from "./dialogs.js";
import { button, h, isolated, timeElement } from "./dom.js";
import { avatar } from "./images.js";
import { nodesOf } from "./markup.js";
import { nameOf, store } from "./store.js";

const PAGE = 25;

/** @param goToChat(chat) */
export function searchPanel(goToChat) {
  const input = h("input", {
    type: "search", "aria-label": "Search messages", placeholder: "Search", required: true,
    maxlength: 200,
  });
  const results = h("ol", { class: "results" });
  const help = "Any word; \"several words\" as they stand; -word leaves out.";
  const status = h("p", { class: "hint", role: "status" }, help);
  const more = button("More", () => attempt(find));
  more.hidden = true;
  let query = "";
  let page = 0;

  const find = async () => {
    const found = await listChats({ query, page, size: PAGE });
    page += 1;
    results.append(...found.map((chat) => h("li", {}, result(chat, goToChat))));
    more.hidden = found.length < PAGE;
    const count = results.children.length;
    const number = more.hidden ? count : `${count} or more`;
    status.textContent = count === 0 ? "Nothing found." : `${number} found.`;
  };
  const begin = async () => {
    query = input.value.trim();
    if (!query) return;
    page = 0;
    results.replaceChildren();
    await find();
  };
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
