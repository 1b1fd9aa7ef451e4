// One chat, as it is drawn.

import { button, h, icon, timeElement, timeOf } from "./dom.js";
import { sentence } from "./dialogs.js";
import { avatar } from "./images.js";
import { nodesOf } from "./markup.js";
import { findMention } from "./mentions.js";
import { holdUp, isOverdue } from "./outbox.js";
import { patchChildren } from "./patch.js";
import { goTo, keyOf } from "./place.js";
import { reactionChips } from "./reactions.js";
import { unreadIn } from "./reading.js";
import { changed, nameOf, threadOn } from "./store.js";

const LINES_MAX = 40;
/** Within this time the next chat of the same author needs no new heading. */
const TOGETHER_MS = 5 * 60_000;

export function belongTogether(before, chat) {
  return before !== undefined && before.authorId === chat.authorId
    && chat.createdAt - before.createdAt < TOGETHER_MS;
}

/** Whether two moments lie on the same day here. */
export const sameDay = (a, b) => new Date(a).toDateString() === new Date(b).toDateString();

/**
 * Draws a chat into its element, beside the tools that may be there.
 * @param isCompact it follows one of the same author, whose heading counts for it too
 */
export function drawChat(element, chat, isCompact, isInThread) {
  element.className = isCompact ? "chat compact" : "chat";
  const thread = isInThread ? null : threadOn(chat.id);
  const time = timeOf(chat.createdAt);
  const isShortened = isFolded(chat);
  patchChildren(
    element,
    isCompact
      ? h("span", { class: "gutter", "aria-hidden": "true" }, time) : avatar(chat.authorId),
    h(
      "div", { class: "said" },
      h(
        "p", { class: isCompact ? "by hidden" : "by" },
        author(chat), " ", timeElement(chat.createdAt)),
      h(
        "div", { class: isShortened ? "content folded" : "content", "data-key": "content" },
        ...contentOf(chat)),
      isShortened ? button("Show all of it", () => unfold(chat), "link") : null,
      reactionChips(chat),
      thread ? threadChip(thread) : null),
    element.querySelector(":scope > .tools"));
}

const author = ({ authorId }) => h(
  "button", { type: "button", class: "author", "data-user": authorId, tabindex: -1 },
  nameOf(authorId));

function contentOf(chat) {
  const nodes = nodesOf(chat.content, findMention);
  if (chat.edited) nodes.push(h("span", { class: "edited" }, " (edited)"));
  return nodes;
}

/** A message of very many lines shows its beginning, until all of it is wanted. */
const isFolded = ({ id, content }) =>
  !unfolded.has(id) && content.split("\n", LINES_MAX + 1).length > LINES_MAX;
const unfolded = new Set();

function unfold({ id }) {
  unfolded.add(id);
  changed("unfolded", id);
}

function threadChip(thread) {
  const { count } = unreadIn(keyOf(thread.channelId, thread.id));
  return h(
    "button", {
      type: "button", class: "thread-chip", tabindex: -1, "data-key": "thread",
      onclick: () => goTo({ channelId: thread.channelId, threadId: thread.id }),
    },
    icon("thread"), h("span", {}, thread.name),
    count ? h("span", { class: "badge" }, `${count} new`) : null);
}

/** Draws what waits to be sent: on its way, or failed and why. */
export function drawWaiting(element, entry, selfId, isConnected, { retry, edit, forget }) {
  element.className = entry.failure ? "chat waiting failed" : "chat waiting";
  patchChildren(
    element, avatar(selfId),
    h(
      "div", { class: "said" },
      h(
        "p", { class: "by" },
        h("span", { class: "author" }, nameOf(selfId)), " ", timeElement(entry.writtenAt)),
      h("div", { class: "content" }, ...nodesOf(entry.content, findMention)),
      entry.failure
        ? h(
          "p", { class: "state", role: "alert" },
          `Not sent. ${entry.failure.replace(/\.?$/, ".")} `,
          button("Try again", () => retry(entry.nonce), "link"), " ",
          button("Edit", () => edit(entry.nonce), "link"), " ",
          button("Discard", () => forget(entry.nonce), "link"))
        : h("p", { class: "state" }, progress(entry, isConnected))));
}

function progress(entry, isConnected) {
  const pause = holdUp();
  if (!isConnected) return "Waiting for the connection…";
  if (pause) return `Waiting: ${sentence({ message: pause.reason })}`;
  return isOverdue(entry) ? "Sending… The server has not confirmed this yet." : "Sending…";
}
