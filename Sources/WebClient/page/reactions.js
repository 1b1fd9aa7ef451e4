// Reactions below a chat. A chat tells how many there are; whose they are is read when it is shown.

import { get, post } from "./api.js";
import { attempt, field, form, openDialog } from "./dialogs.js";
import { button, h } from "./dom.js";
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

function chip(chat, reaction, count, users) {
  const names = users.map(nameOf).join(", ");
  return h(
    "button", {
      type: "button", tabindex: -1, "data-key": reaction,
      "aria-pressed": String(users.includes(store.selfId)),
      "aria-label": `${reaction} ${count}${names ? `: ${names}` : ""}`, title: names || null,
      onclick: () => attempt(() => toggle(chat, reaction)),
    },
    h("span", {}, reaction), " ", String(count));
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
