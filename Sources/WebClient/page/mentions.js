// @name: whom a text names.

import { nodesOf } from "./markup.js";
import { store, watch } from "./store.js";

let names = new Map();
watch("names", () => {
  names = new Map();
  const users = [...store.users.values()];
  for (const { id, profile } of users) names.set(profile.nickname.toLowerCase(), id);
  // A username is its owner's alone: nobody takes it by a nickname.
  for (const { id, username } of users) names.set(username.toLowerCase(), id);
});

/** The user whose name a text begins with: the longest that fits, since names may hold blanks. */
export function findMention(text) {
  for (let end = text.length; end > 0; end -= 1) {
    const next = text[end];
    if (next !== undefined && /[\p{L}\p{N}_]/u.test(next)) continue;
    const id = names.get(text.slice(0, end).toLowerCase());
    if (id !== undefined) return { name: text.slice(0, end), isSelf: id === store.selfId };
  }
  return null;
}

/** Whether a text names the member who is logged in here. */
export function mentionsSelf(content) {
  if (!content.includes("@")) return false;
  let found = false;
  nodesOf(content, (text) => {
    const mention = findMention(text);
    found ||= mention?.isSelf ?? false;
    return mention;
  });
  return found;
}
