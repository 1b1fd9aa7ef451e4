// The list of a channel's threads: the one that was written in last comes first, and what is new in
// one is marked as it is for channels. The protocol does not tell when a thread was last written
// in: it is read off the newest chats of the channel, and off those that come.

import { listChats } from "./api.js";
import { badge } from "./channels.js";
import { sameDay } from "./chat.js";
import { h, isolated, timeElement } from "./dom.js";
import { goTo, keyOf } from "./place.js";
import { unreadIn } from "./reading.js";
import { changed, nameOf, store, watch } from "./store.js";

/** So many of a channel's newest chats, those of its threads among them, are looked through. */
const LOOKED_THROUGH = 200;

/** A thread's id → the newest chat in it that is known. */
const newest = new Map();
/** The channels whose newest chats were read. */
const read = new Set();

function note(chat) {
  if (chat.threadId && !(newest.get(chat.threadId)?.id > chat.id)) newest.set(chat.threadId, chat);
}

/** Finds out when the threads of a channel were written in, once. */
export async function loadActivity(channelId) {
  if (read.has(channelId)) return;
  read.add(channelId);
  const chats = await listChats({ channelId, size: LOOKED_THROUGH }).catch(() => null);
  if (!chats) return read.delete(channelId);
  chats.forEach(note);
  return changed("threads");
}

watch("chat", note);
watch("deleted", ({ chatId, channelId, threadId }) => {
  if (newest.get(threadId)?.id !== chatId) return;
  newest.delete(threadId);
  if (read.delete(channelId)) loadActivity(channelId);
});
watch("afresh", () => {
  newest.clear();
  for (const channelId of [...read]) {
    read.delete(channelId);
    if (store.channels.has(channelId)) loadActivity(channelId);
  }
});

/** Ids grow with time, whatever they are of. */
const activityOf = ({ id }) => newest.get(id)?.id ?? id;

export function threadList(channelId) {
  const threads = [...store.threads.values()]
    .filter((thread) => thread.channelId === channelId)
    .sort((a, b) => activityOf(b) - activityOf(a));
  if (!threads.length) {
    const text = "There are no threads here. Begin one with the tools of a message.";
    return h("p", { class: "hint panel-body", "data-key": "threads" }, text);
  }
  return h(
    "ul", { class: "panel-body threads", "data-key": "threads" },
    ...threads.map((thread) => h("li", { "data-key": `t${thread.id}` }, row(thread))));
}

function row({ id, channelId, name, creatorId }) {
  const { count, mentions } = unreadIn(keyOf(channelId, id));
  const at = newest.get(id)?.createdAt;
  return h(
    "button", {
      type: "button", class: count ? "result new" : "result",
      onclick: () => goTo({ channelId, threadId: id }),
    },
    h("span", { class: "by" }, h("strong", {}, name), count ? badge(count, mentions) : null),
    h(
      "span", { class: "hint" }, "begun by ", isolated(nameOf(creatorId)),
      at ? [", last written in ", timeElement(at, !sameDay(at, Date.now()))] : null));
}
