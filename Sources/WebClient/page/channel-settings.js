// Channels: made, renamed, moved, hidden, removed.

import { get, patch, post, put, remove } from "./api.js";
import { attempt, confirmed, field, form, openDialog, toast } from "./dialogs.js";
import { button, h } from "./dom.js";
import { edits, numberOrNull, textOrNull, trimmed } from "./edits.js";
import { limits } from "./limits.js";
import { goTo } from "./place.js";
import { CHANNEL_RIGHTS } from "./rights.js";
import { byOthers, rightsEditor } from "./roles.js";
import { childrenOf, nameOf, store } from "./store.js";

/** Before all others: ordinalities count from 0. */
const FIRST = -1;

export function newChannel() {
  const [name, description] = [nameInput(""), descriptionInput("")];
  const parent = parentSelect(null, null);
  openDialog("New channel", (close) => form(async () => {
    const made = await post("/channels", {
      name: name.value.trim(), description: description.value.trim() || null,
      parentChannelId: numberOf(parent), ordinality: childrenOf(numberOf(parent)).length,
    });
    store.channels.set(made.id, made);
    close();
    goTo({ channelId: made.id });
  }, "Make the channel",
  field("Name", name), field("What it is for", description), field("Below", parent)));
}

export async function openChannelSettings(channel) {
  const overrides = await get(`/channels/${channel.id}/rights`);
  openDialog(`#${channel.name}`, (close) => h(
    "div", {}, basics(channel, close), rightsOverrides(channel, overrides),
    h("h3", {}, "Remove"),
    button("Remove this channel…", () => removeChannel(channel, close), "danger")));
}

function basics(channel, close) {
  const name = nameInput(channel.name);
  const description = descriptionInput(channel.description ?? "");
  const { edited } = edits(
    { name: [name, trimmed], description: [description, textOrNull] }, channel);
  const parent = parentSelect(channel.parentChannelId, channel.id);
  const after = h("select");
  const listSiblings = () => {
    const siblings = childrenOf(numberOf(parent)).filter(({ id }) => id !== channel.id);
    const before = siblings.filter(({ ordinality }) => ordinality < channel.ordinality).at(-1);
    after.replaceChildren(h("option", { value: "" }, "First"));
    for (const sibling of siblings) {
      const selected = sibling === before;
      after.append(h("option", { value: sibling.id, selected }, `After #${sibling.name}`));
    }
  };
  parent.addEventListener("change", listSiblings);
  listSiblings();
  const placeNow = () => `${parent.value} ${after.value}`;
  const placeBefore = placeNow();
  return form(async () => {
    // Where nothing moved the place is left out, so that saving a name renumbers nothing.
    const isMoved = placeNow() !== placeBefore;
    const changes = { ...edited(), ...isMoved ? placeIn(numberOf(parent), numberOf(after)) : {} };
    if (Object.keys(changes).length) await patch(`/channels/${channel.id}`, changes);
    close();
  }, "Save", field("Name", name), field("What it is for", description),
  h("div", { class: "pair" }, field("Below", parent), field("Position", after)));
}

/** Of the same ordinality the newcomer comes last: that of its predecessor, which others may have
 * moved meanwhile, puts it right behind. */
function placeIn(parentChannelId, predecessorId) {
  if (predecessorId === null) return { parentChannelId, ordinality: FIRST };
  const predecessor = store.channels.get(predecessorId);
  if (predecessor?.parentChannelId !== parentChannelId) {
    throw new Error("The channel that it should come after is not there any more");
  }
  return { parentChannelId, ordinality: predecessor.ordinality };
}

const nameInput = (value) =>
  h("input", { value, maxlength: limits.nameCharacters, required: true, autocomplete: "off" });

function descriptionInput(value) {
  const input = h("textarea", { rows: 2, maxlength: limits.descriptionCharacters });
  input.value = value;
  return input;
}

const numberOf = (select) => numberOrNull(select.value);

/** All channels but one and those below it, which cannot be its parents. */
function parentSelect(chosen, excluded) {
  const options = (parentId, depth) => childrenOf(parentId)
    .filter(({ id }) => id !== excluded)
    .flatMap(({ id, name }) => [
      h("option", { value: id, selected: id === chosen }, `${"\u2003".repeat(depth)}#${name}`),
      ...options(id, depth + 1)]);
  return h("select", {}, h("option", { value: "" }, "The top"), ...options(null, 0));
}

// MARK: Overrides

const NOTHING = { admin: false, values: {} };

function rightsOverrides(channel, overrides) {
  const path = `/channels/${channel.id}/rights`;
  let given = overrides;
  const list = h("ul", { class: "overrides" });
  /** Changes one entry, on top of how all of them stand now. @returns what the entry is then */
  const change = async (kind, id, changed) => {
    const now = await get(path);
    const entry = changed(now[kind][id] ?? NOTHING);
    if (entry) now[kind][id] = entry;
    else delete now[kind][id];
    given = await put(path, now);
    draw();
    return given[kind][id] ?? NOTHING;
  };
  const tell = (unseen) =>
    toast(`The rights in #${channel.name} are saved.${byOthers(unseen)}`);
  const row = (kind, id, name) => h(
    "li", {}, h("span", {}, name),
    button("Change", () => edit(kind, id, name)),
    button("Remove", () => attempt(async () => {
      await change(kind, id, () => null);
      tell([]);
    })));
  const edit = (kind, id, name) => {
    const editor = rightsEditor(
      given[kind][id] ?? NOTHING, CHANNEL_RIGHTS, "Administrator: may do everything here");
    openDialog(`${name} in #${channel.name}`, (close) => form(async () => {
      if (editor.isChanged()) tell(editor.unseenIn(await change(kind, id, editor.appliedTo)));
      close();
    }, "Save", editor.element), "small");
  };
  let roleNames = {};
  const draw = () => list.replaceChildren(
    ...Object.keys(given.roles).map((id) => row("roles", id, `Role ${roleNames[id] ?? id}`)),
    ...Object.keys(given.users).map((id) => row("users", id, nameOf(Number(id)))));
  const subject = h("select", { "aria-label": "For whom" });
  get("/roles").then((known) => {
    roleNames = Object.fromEntries(known.map((role) => [role.id, role.name]));
    subject.replaceChildren(
      ...known.map((role) => h("option", { value: `roles ${role.id}` }, `Role ${role.name}`)),
      ...[...store.users.keys()].map((id) => h("option", { value: `users ${id}` }, nameOf(id))));
    draw();
  }, () => {});
  return h(
    "section", {}, h("h3", {}, "Rights in this channel"),
    h(
      "p", { class: "hint" }, "On top of what holds everywhere. Without “See channels” it does "
        + "not exist for them, nor what is below it."),
    list,
    h("div", { class: "adder" }, subject, button("Set rights…", () => {
      const [kind, id] = subject.value.split(" ");
      edit(kind, id, subject.selectedOptions[0].textContent);
    })));
}

const removedHere = new Set();

/** Who removed a channel need not be told that it is gone. */
export const isRemovedHere = (id) => removedHere.has(id);

async function removeChannel(channel, close) {
  const text = "All messages in it go for good, and so do all channels below it.";
  if (!await confirmed(`Remove #${channel.name}?`, text, "Remove")) return;
  removedHere.add(channel.id);
  await attempt(() => remove(`/channels/${channel.id}`));
  close();
}
