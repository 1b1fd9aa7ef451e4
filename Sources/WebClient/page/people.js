// Who is there, and who somebody is.

import { attempt, confirmed, openDialog, toast } from "./dialogs.js";
import { post, remove } from "./api.js";
import { button, h, narrow, timeElement } from "./dom.js";
import { avatar } from "./images.js";
import { statusDot, STATUS_NAMES } from "./channels.js";
import { nameOf, store } from "./store.js";

const byName = (a, b) => nameOf(a.id).localeCompare(nameOf(b.id));
const isOnline = ({ status }) => status.onlineStatus !== "OFFLINE";

/** An account that is no more. No member can choose that nickname, but have it as a username. */
const isRemoved = ({ username, profile }) =>
  profile.nickname === "(removed)" && username !== profile.nickname;

/** The list of all members, those who are online first. */
export function peopleList(showUser) {
  const users = [...store.users.values()].filter((user) => !isRemoved(user));
  const group = (name, members) => members.length === 0 ? null : h(
    "section", { "data-key": name },
    // The panel's heading is one level higher where it is the page's.
    h("h3", { "aria-level": narrow.matches ? 2 : null }, `${name} — ${members.length}`),
    h("ul", { class: "people" }, ...members.sort(byName).map((user) =>
      h("li", { "data-key": `u${user.id}` }, personRow(user, showUser)))));
  return h(
    "div", { class: "panel-body", "data-key": "people" },
    group("Online", users.filter(isOnline)),
    group("Offline", users.filter((user) => !isOnline(user))));
}

function personRow({ id, status }, showUser) {
  const name = STATUS_NAMES[status.onlineStatus];
  const className = isOnline({ status }) ? "person" : "person away";
  return h(
    "button", { type: "button", class: className, onclick: () => showUser(id), title: name },
    h("span", { class: "face" }, avatar(id), statusDot(status.onlineStatus)),
    h("span", { class: "name" }, nameOf(id)), h("span", { class: "hidden" }, `, ${name}`));
}

/** @param editRights(user) opens what those who manage members may change */
export function showUser(id, { editRights, mention }) {
  const user = store.users.get(id);
  if (!user) return toast("This member is not here any more.");
  const { profile, username, status } = user;
  return openDialog(nameOf(id), (close) => h(
    "div", { class: "card" },
    avatar(id, "portrait"),
    h("p", {}, h("strong", {}, `@${username}`), " · ", STATUS_NAMES[status.onlineStatus]),
    profile.bio ? h("p", { class: "bio" }, profile.bio) : null,
    h("p", { class: "hint" }, "Here since ", timeElement(profile.createdAt, true)),
    h(
      "div", { class: "buttons" },
      button("Mention", () => { close(); mention(username); }),
      ...(store.rights.allows("user.manage") && id !== store.selfId ? [
        button("Roles and rights", () => { close(); editRights(user); }),
        button("Log out everywhere", () => { close(); revoke(user); }),
        button("Remove", () => { close(); removeUser(user); }, "danger"),
      ] : []))), "small");
}

async function revoke(user) {
  const text = `${nameOf(user.id)} has to log in again on every device.`;
  if (!await confirmed("Log out everywhere?", text, "Log out")) return;
  await attempt(() => post(`/users/${user.id}/revoke-tokens`));
}

async function removeUser(user) {
  const text = `The account of ${nameOf(user.id)} goes for good. What was written stays.`;
  if (!await confirmed("Remove this member?", text, "Remove")) return;
  await attempt(() => remove(`/users/${user.id}`));
}
