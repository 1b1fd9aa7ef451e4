// What is on the screen: the channel and the thread that the address names, and a panel beside
// them. On a narrow screen it is one thing at a time.

import { get } from "./api.js";
import { inTurn } from "./back.js";
import { isRemovedHere, openChannelSettings } from "./channel-settings.js";
import { setCurrentChannel } from "./channels.js";
import { Conversation } from "./conversation.js";
import { attempt, sentence, toast } from "./dialogs.js";
import { byId, h, iconButton, narrow, oncePerFrame } from "./dom.js";
import { live } from "./live.js";
import { showUnread } from "./notify.js";
import { closePanel, openPanel } from "./panel.js";
import { patchChildren } from "./patch.js";
import { peopleList, showUser } from "./people.js";
import { goTo, hashOf, parsePlace } from "./place.js";
import { unreadEverywhere, unreadThreads } from "./reading.js";
import { editUserRights } from "./roles.js";
import { searchPanel } from "./search.js";
import { apply, defaultChannelId, loadRightsIn, loadThreads, store } from "./store.js";
import { loadActivity, threadList } from "./threads.js";

let channel = null;
let thread = null;
/** What the panel shows if it is no thread: "people", "search" or "threads". */
let panel = null;
/** What of these it shows already. */
let drawn = null;
/** What had the focus before the panel, or a thread in it, was opened. */
let opener = null;
let search = null;
let whenShown = () => {};

export const conversations = () => [channel, thread].filter(Boolean);

/** The conversation of a chat's place, if it is on the screen. */
export const conversationOf = ({ channelId, threadId }) => conversations().find(
  (open) => open.channelId === channelId && open.threadId === threadId && open.timeline.isVisible);

/** @param shown is called whenever something else has come onto the screen */
export function keepScreenTrue(shown) {
  whenShown = shown;
  addEventListener("hashchange", route);
  // On a narrow screen a panel is a page: Back leaves it.
  addEventListener("popstate", () => {
    if (!narrow.matches) return;
    panel = history.state?.panel ?? null;
    drawPanel();
  });
  narrow.addEventListener("change", () => {
    drawn = null;
    route();
  });
}

/** Brings the screen to what the address says. */
export function route() {
  if (!store.server) return;
  const asked = parsePlace(location.hash);
  const id = store.channels.has(asked.channelId) ? asked.channelId : null;
  if (asked.chatId && id !== null) return leadTo(asked);
  if (asked.channelId && id === null) findChannel(asked.channelId);
  const isList = id === null && narrow.matches;
  document.body.dataset.view = isList ? "list" : "conversation";
  showChannel(id ?? defaultChannelId());
  showThread(id === null ? null : asked.threadId);
  setCurrentChannel(channel?.channelId ?? null);
  drawTitle();
}

/** An address that names a message leads there, and becomes that of the place around it. */
function leadTo({ chatId, ...place }) {
  replaceAddress(place);
  route();
  goToChat({ ...place, id: chatId });
}

/** Channels that went while they were shown: one has been told, and below what lies on top of them
 * is an entry of the browser's history that leads there once more. */
const gone = new Set();
const isBelowSomething = () => Boolean(history.state?.layer || history.state?.panel);

function findChannel(id) {
  if (!gone.has(id)) {
    return find(
      `/channels/${id}`, (channel) => apply({ type: "channel_created", channel }),
      "There is no such channel here, or none that you may see.", {});
  }
  if (!isBelowSomething()) gone.delete(id);
  return replaceAddress({});
}

/** The address that is being asked about. */
let doubted = null;

/** What the address names is not known: perhaps it is so new that the stream has yet to tell.
 * @param place where one is if it is not there at all, which `refusal` says */
async function find(path, take, refusal, place) {
  const { hash } = location;
  if (doubted === hash) return;
  doubted = hash;
  const found = await get(path).catch((error) => error);
  doubted = null;
  if (found instanceof Error) {
    if (location.hash !== hash) return;
    // 400: of no number can there be one.
    toast([400, 404].includes(found.status) ? refusal : sentence(found));
    replaceAddress(place);
  } else {
    take(found);
  }
  route();
}

const replaceAddress = (place) => history.replaceState(history.state, "", hashOf(place));

function showChannel(id) {
  if (channel?.channelId === id) return;
  channel?.close();
  channel = null;
  const main = byId("main");
  if (id === null) {
    const text = "There is no channel here yet.";
    return main.replaceChildren(h("p", { class: "hint alone" }, text));
  }
  const { name } = store.channels.get(id);
  channel = new Conversation({ channelId: id, name: `#${name}`, live });
  main.replaceChildren(h("header", { id: "head" }), channel.element);
  drawHead();
  loadThreads(id).catch(() => {});
  judgeRights();
  if (panel === "threads" || narrow.matches) panel = null;
  if (!narrow.matches) channel.input.focus();
}

let judgements = 0;

/** Finds out what one may do in the channel that is shown. */
export async function judgeRights() {
  const judged = channel;
  if (!judged) return;
  judgements += 1;
  const mine = judgements;
  const rights = await loadRightsIn(judged.channelId).catch(() => null);
  // Answers may come in another order than they were asked for.
  if (!rights || channel !== judged || mine !== judgements) return;
  for (const open of conversations()) open.setRights(rights);
  drawHead();
}

function showThread(id) {
  if (id === (thread?.threadId ?? null)) return drawPanel();
  thread?.close();
  thread = null;
  const known = store.threads.get(id);
  if (known && known.channelId !== channel.channelId) {
    return location.replace(hashOf({ channelId: known.channelId, threadId: id }));
  }
  if (id !== null && !known) {
    find(
      `/threads/${id}`, (found) => apply({ type: "thread_created", thread: found }),
      "There is no such thread here.", { channelId: channel.channelId });
  } else if (id !== null) {
    const { channelId, name } = known;
    if (!byId("panel").contains(document.activeElement)) opener = document.activeElement;
    thread = new Conversation({ channelId, threadId: id, name, live });
    thread.setRights(channel.rights);
    panel = null;
  }
  drawPanel();
  if (!narrow.matches) thread?.input.focus();
}

// MARK: The panel

const PANELS = {
  people: () => openPanel("Members", peopleList(showMember), leavePanel),
  threads: () => openPanel("Threads", threadList(channel.channelId), leavePanel),
  search() {
    search ??= searchPanel(goToChat);
    openPanel("Search", search.element, leavePanel);
  },
};

/** @param isChanged what is in it has changed, so that it is drawn anew also where it is open */
function drawPanel(isChanged = false) {
  if (thread) openPanel(thread.name, thread.element, leavePanel);
  else if (!panel) closePanel();
  else if (isChanged || panel !== drawn) PANELS[panel]();
  drawn = thread ? null : panel;
  if (document.body.dataset.view !== "list") {
    document.body.dataset.view = byId("panel").hidden ? "conversation" : "panel";
  }
  whenShown();
}

/** Draws a panel anew, if it is the one that is open. */
export const redrawPanel = (name) => oncePerFrame(() => { if (panel === name) drawPanel(true); });

function leavePanel() {
  hidePanel();
  const isThere = opener !== document.body && opener?.isConnected && opener.checkVisibility();
  (isThere ? opener : channel?.input ?? byId("main")).focus();
}

function hidePanel() {
  const isPage = narrow.matches && history.state?.panel;
  panel = null;
  if (isPage) inTurn(() => history.back());
  closeThread();
}

/** The panel is a thread's no longer. */
function closeThread() {
  if (thread) goTo({ channelId: channel.channelId });
  route();
}

function toggle(name, event) {
  if (panel === name) return leavePanel();
  opener = event.currentTarget;
  panel = name;
  if (name === "threads") loadActivity(channel.channelId);
  closeThread();
  if (narrow.matches) inTurn(() => history.pushState({ panel }, ""));
  (name === "search" ? search.input : byId("panel")).focus();
}

// MARK: The head

export const drawHead = oncePerFrame(() => {
  const head = byId("head");
  const known = store.channels.get(channel?.channelId);
  if (!head || !known) return;
  const { count } = unreadThreads(known.id);
  const settings = () => attempt(() => openChannelSettings(known));
  patchChildren(
    head,
    iconButton("back", "Channels", () => goTo({}), { class: "icon-button back" }),
    h("h1", {}, "#", known.name),
    h("p", { class: "topic", title: known.description }, known.description ?? ""),
    channel.rights.allows("channel.manage")
      ? iconButton("more", "Channel settings", settings, { "data-key": "settings" }) : null,
    iconButton("thread", count ? `Threads, ${count} new` : "Threads", (e) => toggle("threads", e), {
      "data-key": "threads", class: count ? "icon-button marked" : "icon-button",
    }),
    iconButton("search", "Search", (e) => toggle("search", e), { "data-key": "search" }),
    iconButton("people", "Members", (e) => toggle("people", e), { "data-key": "people" }));
});

export const placeName = (channelId) => `#${store.channels.get(channelId)?.name ?? "?"}`;

export const drawTitle = () =>
  showUnread(unreadEverywhere(), channel && placeName(channel.channelId));

// MARK: Going somewhere

export function showMember(id) {
  showUser(id, {
    editRights: (user) => attempt(() => editUserRights(user)),
    mention: (username) => {
      const { input } = thread ?? channel;
      input.setRangeText(`@${username} `, input.selectionStart, input.selectionEnd, "end");
      if (narrow.matches && panel) hidePanel();
      input.focus();
    },
  });
}

async function goToChat({ id, channelId, threadId }) {
  await attempt(async () => {
    if (threadId && !store.threads.has(threadId)) {
      store.threads.set(threadId, await get(`/threads/${threadId}`));
    }
    if (narrow.matches) panel = null;
    goTo({ channelId, threadId });
    route();
    const isThere = await (threadId ? thread : channel).timeline.showChat(id);
    if (!isThere) toast("This message is not there any more.");
  });
}

/** Where the skip link, and whoever has nothing else, ends up. */
export const focusField = () => (channel?.input ?? byId("main")).focus();

/** A thread that is open may have gone with a past that was restored: it has to be known again. */
export async function checkThread() {
  const checked = thread;
  if (!checked || store.threads.has(checked.threadId)) return;
  try {
    store.threads.set(checked.threadId, await get(`/threads/${checked.threadId}`));
  } catch (error) {
    if (error.status !== 404 || thread !== checked) return;
    toast("The thread that you were in is not there any more.");
    leavePanel();
  }
}

/** Brings the screen to what channels there are: the one that was shown may be gone. */
export function followChannels() {
  if (!store.server) return;
  const shown = channel?.channelId;
  if (shown && !store.channels.has(shown)) {
    if (!isRemovedHere(shown)) toast("The channel that you were in is not there any more.");
    if (isBelowSomething()) gone.add(shown);
    if (parsePlace(location.hash).channelId === shown) replaceAddress({});
  }
  // Also when the one that the address names has only now become known.
  route();
  if (store.channels.has(channel?.channelId)) channel.rename(placeName(channel.channelId));
  drawHead();
}

export const channelsChanged = oncePerFrame(followChannels);
