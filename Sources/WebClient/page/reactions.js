// Reactions below a chat. A chat tells how many there are; whose they are is read when it is shown.

import { get, post } from "./api.js";
import { attempt, field, form, openDialog } from "./dialogs.js";
import { button, h, isolated } from "./dom.js";
import { changed, nameOf, store } from "./store.js";

const OFFERED = ["👍", "❤️", "😂", "🎉", "😮", "😢", "👀", "🙏", "✅", "❌", "🔥", "💯", "👏", "🤔", "😅", "🚀"];
const READ_AT_ONCE = 2;

/** The reactions object of a chat → a map of reaction to user ids. A change makes a new object. */
const reactors = new WeakMap();
const wanted = new Map();
let reading = 0;

export function reactionChips(chat) {
  const reactions = Object.entries(chat.reactions);
  if (!reactions.length) return null;
  if (!reactors.has(chat.reactions)) want(chat);
  const users = reactors.get(chat.reactions);
  return h(
    "div",
    { class: "reactions", "data-key": "reactions", role: "group", "aria-label": "Reactions" },
    ...reactions.map(([reaction, count]) =>
      chip(chat, reaction, count, users?.get(reaction) ?? [])));
}

/** Something that is to be seen: neither a space nor what only acts on its neighbours. */
const VISIBLE = /[^\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{M}\p{Z}\u2800]/u;

/** A reaction as it is shown: one of which nothing is to be seen, by its code points. */
function shownAs(reaction) {
  if (VISIBLE.test(reaction)) return reaction;
  const codes = Array.from(reaction, (character) =>
    `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`);
  return `Invisible ${codes.join(" ")}`;
}

function chip(chat, reaction, count, users) {
  const names = users.map(nameOf).join(", ");
  const shown = shownAs(reaction);
  return h(
    "button", {
      type: "button", tabindex: -1, "data-key": reaction,
      "aria-pressed": String(users.includes(store.selfId)),
      "aria-label": `${shown} ${count}${names ? `: ${names}` : ""}`, title: names || null,
      onclick: () => attempt(() => toggle(chat, reaction)),
    },
    isolated(shown), " ", String(count));
}

/** The newest state of a chat is read, however often it changes while others are. */
function want(chat) {
  wanted.set(chat.id, chat.reactions);
  if (reading < READ_AT_ONCE) readWanted();
}

async function readWanted() {
  reading += 1;
  while (wanted.size) {
    const [id, reactions] = wanted.entries().next().value;
    wanted.delete(id);
    const known = await get(`/chats/${id}/reactions`).catch(() => null);
    if (known) reactors.set(reactions, new Map(Object.entries(known.reactingUsers)));
    if (known) changed("reactors", id);
  }
  reading -= 1;
}

async function toggle(chat, reaction) {
  const { reactingUsers } = await get(`/chats/${chat.id}/reactions`);
  // A reaction may be any word, also one that every object knows, like "constructor".
  const users = new Map(Object.entries(reactingUsers)).get(reaction) ?? [];
  await post(`/chats/${chat.id}/reactions`, {
    reaction, adding: !users.includes(store.selfId),
  });
}

/** Has the member choose a reaction, and gives it. */
export function pickReaction(chat) {
  openDialog("React", (close) => {
    const give = async (reaction) => {
      close();
      await attempt(() => post(`/chats/${chat.id}/reactions`, { reaction, adding: true }));
    };
    const other = h("input", { maxlength: 16, autocomplete: "off", required: true });
    return h(
      "div", {},
      h("div", { class: "emoji" }, ...OFFERED.map((emoji) => button(emoji, () => give(emoji), ""))),
      form(() => give(other.value.trim()), "React", field("Or any other, or a word", other)));
  }, "small");
}
