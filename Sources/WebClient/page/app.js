// The page as a whole: from the login to the stream to what is on the screen.

import { showFrontDoor } from "./account.js";
import { get, whenTokenIsRefused } from "./api.js";
import { mayManage, newChannel, openChannelSettings } from "./channel-settings.js";
import { setCurrentChannel, showSidebar } from "./channels.js";
import { forgetDrafts } from "./composer.js";
import { Conversation, keepTypistsTrue } from "./conversation.js";
import { attempt, confirmed, toast } from "./dialogs.js";
import { button, byId, fill, h, iconButton, oncePerFrame } from "./dom.js";
import { forgetImages } from "./images.js";
import { mentionsSelf } from "./mentions.js";
import { notify, showUnread, speak } from "./notify.js";
import { deliver, settle, waitingCount } from "./outbox.js";
import { closePanel, openPanel, threadList } from "./panel.js";
import { peopleList, showUser } from "./people.js";
import { goTo, parsePlace } from "./place.js";
import {
  loadUnread, noteNew, setMentionJudge, unreadEverywhere, unreadThreads,
} from "./reading.js";
import { editUserRights } from "./roles.js";
import { searchPanel } from "./search.js";
import { session, whenSessionChangesElsewhere } from "./session.js";
import { openSettings } from "./settings.js";
import {
  apply, defaultChannelId, loadAll, loadPresence, loadThreads, store, watch,
} from "./store.js";
import { Stream } from "./stream.js";
import { keepTimelinesTrue } from "./timeline.js";

/** Below this width one thing is on the screen at a time. */
const narrow = matchMedia("(max-width: 760px)");

let stream = null;
/** Events that came while everything is read afresh; null otherwise. */
let heldBack = null;
let loads = 0;
let channel = null;
let thread = null;
/** What the panel shows beside a thread: "people", "search" or "threads". */
let panel = null;

// MARK: Coming and going

function start() {
  if (!session.token) return showDoor();
  byId("shell").hidden = false;
  stream = new Stream(
    () => `${location.origin.replace(/^http/, "ws")}/client?token=${session.token}`,
    {
      onHello: (message, isResumed) => (isResumed ? resumed() : load()),
      onMessage: receive,
      onState: () => { drawBanner(); redrawWaiting(); },
      onEnded: (reason) => (reason === "refused" ? refused() : drawBanner(true)),
      onSuspicion: () => { get("/self").catch(() => {}); },
    });
  stream.start();
  renewLogin();
}

function showDoor(notice) {
  byId("shell").hidden = true;
  showFrontDoor(notice, start);
}

const refused = () => leave("Your login has ended. Please log in again.");

/** The simplest way to be sure that nothing of a member stays in memory: a new page. */
async function leave(notice) {
  stream?.stop();
  session.end();
  forgetDrafts();
  await forgetImages();
  if (notice) sessionStorage.setItem("concord.notice", notice);
  location.replace("/");
}

async function logOut() {
  const count = waitingCount();
  const text = `What you wrote last (${count}) is not sent yet and would be lost.`;
  if (count && !await confirmed("Log out?", text, "Log out")) return;
  leave();
}

/** Does what makes this login void. The stream goes first: it would tell of it as of a mishap. */
async function leaveAfter(action, notice) {
  stream.stop();
  try {
    await action();
  } catch (error) {
    stream.start();
    throw error;
  }
  leave(notice);
}

async function renewLogin() {
  if (!session.isDueForRenewal) return;
  const answer = await get("/tokens/recycle").catch(() => null);
  if (answer) session.begin(answer.token);
}

// MARK: The stream

/** Reads everything; what the stream brings meanwhile is applied after it, in its order. */
async function load() {
  loads += 1;
  const mine = loads;
  heldBack = [];
  try {
    await loadAll();
    await loadUnread();
    if (mine !== loads) return;
    const messages = heldBack;
    heldBack = null;
    messages.forEach(take);
    loaded();
  } catch (error) {
    if (mine !== loads || error.status === 401) return;
    // Half of it is worse than nothing: the next connection begins anew.
    stream.after = null;
    setTimeout(() => { if (mine === loads) load(); }, error.retryAfterMs ?? 3_000);
  }
}

/** The stream goes on where it was; only presence, which is not stored, may have changed. */
function resumed() {
  loadPresence().catch(() => {});
  deliver();
  for (const conversation of conversations()) conversation.timeline.retryReading();
}

function receive(message) {
  if (message.type === "resync_required") {
    stream.after = message.eventId;
    load();
  } else if (heldBack) {
    heldBack.push(message);
  } else {
    take(message);
  }
}

function take(message) {
  if (message.type === "chat_sent") settle(message.chat);
  apply(message);
}

function loaded() {
  deliver();
  route();
  for (const conversation of conversations()) conversation.timeline.show();
  if (channel) loadThreads(channel.channelId).catch(() => {});
}

/** @param isReplaced another connection of this member took the place of this one */
const drawBanner = (isReplaced = false) => {
  const banner = byId("banner");
  banner.hidden = stream.state === "live" || stream.state === "ended" && !isReplaced;
  if (isReplaced) {
    banner.replaceChildren("This login is open in too many places. ", retryButton("Connect here"));
  } else if (stream.state === "connecting" && !store.self) {
    banner.replaceChildren("Connecting…");
  } else {
    const text = "No connection to the server. What you write is kept and sent later. ";
    banner.replaceChildren(text, retryButton("Try now"));
  }
};

const retryButton = (text) => button(text, () => {
  stream.start();
  stream.retryNow();
}, "link");

const redrawWaiting = () => { for (const { timeline } of conversations()) timeline.draw(); };

// MARK: What is on the screen

const conversations = () => [channel, thread].filter(Boolean);

/** Brings the screen to what the address says. */
function route() {
  if (!store.server) return;
  const asked = parsePlace(location.hash);
  const id = store.channels.has(asked.channelId) ? asked.channelId : null;
  const isList = id === null && narrow.matches;
  showChannel(id ?? defaultChannelId());
  showThread(id === null ? null : asked.threadId);
  document.body.dataset.view = isList ? "list" : byId("panel").hidden ? "conversation" : "panel";
  setCurrentChannel(channel?.channelId ?? null);
  drawTitle();
}

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
  channel = new Conversation({ channelId: id, name: `#${name}`, stream });
  main.replaceChildren(h("header", { id: "head" }), channel.element);
  drawHead();
  loadThreads(id).catch(() => {});
  mayManage(id).then((may) => {
    if (channel?.channelId !== id) return;
    channel.mayManage = channel.mayModerate = may;
    drawHead();
  });
  if (panel === "threads") panel = null;
  if (!narrow.matches) channel.input.focus();
}

function showThread(id) {
  if (id === (thread?.threadId ?? null)) return drawPanel();
  thread?.close();
  const known = store.threads.get(id);
  thread = null;
  if (id !== null && !known) {
    get(`/threads/${id}`).then((found) => {
      store.threads.set(id, found);
      route();
    }, () => goTo({ channelId: channel?.channelId }));
  } else if (id !== null) {
    const { channelId, name } = known;
    thread = new Conversation({ channelId, threadId: id, name, stream });
    panel = null;
  }
  drawPanel();
  if (!narrow.matches) thread?.input.focus();
}

function drawPanel() {
  const close = () => {
    panel = null;
    if (thread) goTo({ channelId: channel.channelId });
    else drawPanel();
    (channel?.input ?? byId("main")).focus();
  };
  if (thread) {
    const { name } = store.threads.get(thread.threadId);
    if (!thread.element.isConnected) openPanel(name, thread.element, close);
  } else if (panel === "people") {
    openPanel("Members", peopleList(showMember), close);
  } else if (panel === "threads") {
    openPanel("Threads", threadList(channel.channelId), close);
  } else if (panel === "search") {
    if (!byId("panel").querySelector(".search")) {
      const { element, input } = searchPanel(goToChat);
      openPanel("Search", element, close);
      input.focus();
    }
  } else {
    closePanel();
  }
  if (document.body.dataset.view !== "list") {
    document.body.dataset.view = byId("panel").hidden ? "conversation" : "panel";
  }
}

function toggle(name) {
  panel = panel === name ? null : name;
  if (thread) goTo({ channelId: channel.channelId });
  else drawPanel();
}

const drawHead = oncePerFrame(() => {
  const head = byId("head");
  const known = store.channels.get(channel?.channelId);
  if (!head || !known) return;
  const { count } = unreadThreads(known.id);
  const settings = () => attempt(() => openChannelSettings(known));
  const focused = document.activeElement?.closest?.("#head button")?.getAttribute("aria-label");
  fill(
    head,
    iconButton("back", "Channels", () => goTo({}), { class: "icon-button back" }),
    h("h1", {}, "#", known.name),
    h("p", { class: "topic", title: known.description }, known.description ?? ""),
    channel.mayManage ? iconButton("settings", "Channel settings", settings) : null,
    iconButton("thread", count ? `Threads, ${count} new` : "Threads", () => toggle("threads"), {
      class: count ? "icon-button marked" : "icon-button",
    }),
    iconButton("search", "Search", () => toggle("search")),
    iconButton("people", "Members", () => toggle("people")));
  if (focused) head.querySelector(`[aria-label="${focused}"]`)?.focus();
});

const placeName = (channelId) => `#${store.channels.get(channelId)?.name ?? "?"}`;
const drawTitle = () => showUnread(unreadEverywhere(), channel && placeName(channel.channelId));

function showMember(id) {
  showUser(id, {
    editRights: (user) => attempt(() => editUserRights(user)),
    mention: (username) => {
      const { input } = thread ?? channel;
      input.setRangeText(`@${username} `, input.selectionStart, input.selectionEnd, "end");
      if (narrow.matches) { panel = null; drawPanel(); }
      input.focus();
    },
  });
}

async function goToChat({ id, channelId, threadId }) {
  if (narrow.matches) panel = null;
  const shown = new Promise((resolve) => {
    addEventListener("hashchange", () => setTimeout(resolve), { once: true });
  });
  const isThere = channel?.channelId === channelId && (thread?.threadId ?? null) === threadId;
  if (!isThere) {
    goTo({ channelId, threadId });
    await shown;
  } else {
    drawPanel();
  }
  const conversation = threadId ? thread : channel;
  await attempt(async () => conversation?.timeline.showChat(id));
}

// MARK: Keeping it true

function channelsChanged() {
  if (!store.server) return;
  if (channel && !store.channels.has(channel.channelId)) {
    toast("The channel that you were in is not there any more.");
    goTo({});
  }
  // Also when the one that the address names has only now become known.
  route();
  drawHead();
}

function chatCame(chat) {
  noteNew(chat);
  const conversation = conversations().find(
    ({ channelId, threadId }) => channelId === chat.channelId && threadId === chat.threadId);
  if (chat.authorId === store.selfId) return;
  if (conversation) speak(chat);
  const isSeen = conversation && !document.hidden && document.hasFocus();
  if (!isSeen && mentionsSelf(chat.content)) {
    const { channelId, threadId } = chat;
    notify(chat, placeName(channelId), () => goTo({ channelId, threadId }));
  }
}

const noteSeen = () => { for (const { timeline } of conversations()) timeline.noteSeen(); };

function begin() {
  setMentionJudge(mentionsSelf);
  whenTokenIsRefused(refused);
  whenSessionChangesElsewhere(() => location.reload());
  showSidebar({
    newChannel,
    openSettings: () => openSettings("Server", { logOut, leaveAfter }),
    openProfile: () => openSettings("Profile", { logOut, leaveAfter }),
  });
  keepTimelinesTrue(() => conversations().map(({ timeline }) => timeline));
  keepTypistsTrue(conversations);
  watch("channels", channelsChanged);
  watch("chat", chatCame);
  watch("unread channels server", () => { if (store.server) drawTitle(); });
  watch("unread", drawHead);
  watch("users names", oncePerFrame(() => { if (panel === "people") drawPanel(); }));
  watch("threads unread", oncePerFrame(() => { if (panel === "threads") drawPanel(); }));
  byId("skip").addEventListener("click", () => (channel?.input ?? byId("main")).focus());
  addEventListener("hashchange", route);
  addEventListener("focus", noteSeen);
  document.addEventListener("visibilitychange", noteSeen);
  narrow.addEventListener("change", route);
  document.body.addEventListener("click", (event) => {
    const author = event.target.closest?.("[data-user]");
    if (author) showMember(Number(author.dataset.user));
  });
  registerServiceWorker();
  const notice = sessionStorage.getItem("concord.notice");
  sessionStorage.removeItem("concord.notice");
  session.token ? start() : showDoor(notice);
}

/** Browsers have them for trusted origins only. The page's policy lets no text become a script's
 * address but this one. */
function registerServiceWorker() {
  if (!navigator.serviceWorker) return;
  const address = "/sw.js";
  const policy = window.trustedTypes?.createPolicy("concord", { createScriptURL: () => address });
  navigator.serviceWorker.register(policy?.createScriptURL("") ?? address).catch(() => {});
}

begin();
