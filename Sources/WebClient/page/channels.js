// The tree of channels at the side, the server's name above it and oneself below.

import { byId, h, icon, iconButton, oncePerFrame } from "./dom.js";
import { avatar, picture } from "./images.js";
import { patchChildren } from "./patch.js";
import { hashOf, keyOf } from "./place.js";
import { unreadIn, unreadThreads } from "./reading.js";
import { childrenOf, nameOf, store, watch } from "./store.js";

let current = null;
/** The channel that is shown has changed: the tree scrolls to it. */
let isToBeSeen = false;
let open = {};

/** @param actions openSettings(), openProfile(), newChannel() */
export function showSidebar(actions) {
  open = actions;
  watch("channels unread server names users rights", draw);
  draw();
}

/** Marks the channel that is shown. */
export function setCurrentChannel(channelId) {
  isToBeSeen ||= current !== channelId;
  current = channelId;
  draw();
}

const draw = oncePerFrame(() => {
  const sidebar = byId("sidebar");
  if (!store.server || !store.self) return sidebar.replaceChildren();
  const tree = h("div", { class: "tree" }, branch(null, 0) ?? emptiness());
  patchChildren(sidebar, header(), tree, ownBar());
  if (!isToBeSeen) return;
  sidebar.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  isToBeSeen = false;
});

function header() {
  const { name, iconId } = store.server;
  const mayAdd = store.rights.allows("channel.manage");
  return h(
    "header", {}, picture(iconId, name, 200, "server-icon"), h("h1", { title: name }, name),
    mayAdd ? iconButton("add", "New channel", open.newChannel, { "data-key": "new" }) : null,
    iconButton("settings", "Settings", open.openSettings, { "data-key": "settings" }));
}

function branch(parentId, depth) {
  const channels = childrenOf(parentId);
  if (!channels.length) return null;
  return h("ul", {}, ...channels.map((channel) =>
    h(
      "li", { "data-key": `b${channel.id}` },
      row(channel, depth), branch(channel.id, depth + 1))));
}

function row(channel, depth) {
  const own = unreadIn(keyOf(channel.id, null));
  const count = own.count + unreadThreads(channel.id).count;
  const mentions = own.mentions + unreadThreads(channel.id).mentions;
  const link = h(
    "a", {
      href: hashOf({ channelId: channel.id }), class: count ? "channel new" : "channel",
      "aria-current": channel.id === current ? "page" : null, title: channel.description,
      "data-key": `c${channel.id}`,
    },
    icon("hash"), h("span", { class: "name" }, channel.name),
    count ? badge(count, mentions) : null);
  link.style.setProperty("--depth", Math.min(depth, 6));
  return link;
}

/** How much is new, and how much of it is for oneself. */
export const badge = (count, mentions) => h(
  "span", { class: mentions ? "badge mention-badge" : "badge" }, count > 99 ? "99+" : String(count),
  h("span", { class: "hidden" }, mentions ? ` new, ${mentions} for you` : " new"));

const emptiness = () => h("p", { class: "hint" }, "There are no channels that you may see.");

function ownBar() {
  const { id, status } = store.self;
  return h(
    "button", {
      type: "button", class: "own", "data-key": "own", onclick: open.openProfile,
      "aria-label": "Your profile and status",
    },
    h("span", { class: "face" }, avatar(id), statusDot(status.onlineStatus)),
    h(
      "span", { class: "who" },
      h("strong", {}, nameOf(id)),
      h("span", { class: "hint" }, OWN_STATUS_NAMES[status.onlineStatus])));
}

export const STATUS_NAMES = {
  ONLINE: "Online", AWAY: "Away", DO_NOT_DISTURB: "Do not disturb", OFFLINE: "Offline",
};

/** As one chooses them: offline is how one looks to others. */
export const OWN_STATUS_NAMES = { ...STATUS_NAMES, OFFLINE: "Invisible" };

export const statusDot = (status) =>
  h("span", { class: `dot ${status.toLowerCase()}`, "aria-hidden": "true" });
