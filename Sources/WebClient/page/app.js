// The page as a whole: coming and going, and who is told when something changes.

import { showFrontDoor } from "./account.js";
import { get, whenTokenIsRefused } from "./api.js";
import { newChannel } from "./channel-settings.js";
import { showSidebar } from "./channels.js";
import { forgetDrafts } from "./composer.js";
import { keepConversationsTrue } from "./conversation.js";
import { openDialog } from "./dialogs.js";
import { button, byId, h } from "./dom.js";
import { forgetImages } from "./images.js";
import { live } from "./live.js";
import { mentionsSelf } from "./mentions.js";
import { notify, speak } from "./notify.js";
import { waitingEverywhere } from "./outbox.js";
import { noteNew, setMentionJudge } from "./reading.js";
import {
  channelsChanged, checkThread, conversationOf, conversations, drawHead, drawTitle, focusField,
  followChannels, judgeRights, keepScreenTrue, placeName, redrawPanel, showMember,
} from "./screen.js";
import { savedInTab, session, whenSessionChangesElsewhere } from "./session.js";
import { openSettings } from "./settings.js";
import { changed, loadThreads, store, watch } from "./store.js";
import { keepTimelinesTrue } from "./timeline.js";
import { openUnsent, tellOfUnsent } from "./unsent.js";

// MARK: Coming and going

function start() {
  if (!session.token) return showDoor();
  store.selfId = session.memberId;
  byId("shell").hidden = false;
  document.body.dataset.view = "conversation";
  // What waits in this browser is known before the server is reached.
  changed("outbox");
  live.begin({
    onLoaded: loaded,
    onResumed: () => eachTimeline((timeline) => timeline.retryReading()),
    onRefused: refused,
    onState: () => {
      const text = live.isConnected ? "Loading…" : "";
      if (!store.server) byId("main").replaceChildren(h("p", { class: "hint alone" }, text));
      eachTimeline((timeline) => timeline.draw());
    },
  });
  renewLogin();
}

function loaded() {
  followChannels();
  checkThread();
  eachTimeline((timeline) => timeline.show());
  for (const { channelId } of conversations().slice(0, 1)) loadThreads(channelId).catch(() => {});
}

function showDoor(notice) {
  byId("shell").hidden = true;
  showFrontDoor(notice, start);
}

/** The simplest way to be sure that nothing of a member stays in memory: a new page.
 * @param wasAsked by the member; else what was written is kept for the next login */
function leave({ notice, wasAsked = true }) {
  live.stop();
  session.end({ wasAsked });
  if (wasAsked) forgetDrafts();
  forgetImages();
  if (notice) savedInTab.set("concord.notice", notice);
  location.replace("/");
}

/** What makes this login void is under way: until it is answered, other requests are refused. */
let isLeaving = false;

function refused() {
  if (isLeaving) return;
  leave({ notice: "Your login has ended. Please log in again.", wasAsked: false });
}

async function logOut() {
  if (await agreesToLose("Log out?", "Log out")) leave({});
}

/** Asks only where something would be lost. */
async function agreesToLose(title, action) {
  const count = waitingEverywhere().length;
  if (!count) return true;
  const text = `What you wrote last (${count}) is not sent yet and would be lost.`;
  return openDialog(title, (close) => h(
    "div", {}, h("p", {}, text),
    h(
      "div", { class: "buttons" },
      button("Cancel", () => close(false)),
      button("Show it", () => { close(false); openUnsent(); }),
      button(action, () => close(true), "danger"))), "small");
}

/** Does what makes this login void. The stream goes first: it would tell of it as of a mishap. */
async function leaveAfter(action, notice) {
  if (!await agreesToLose("Go on?", "Go on")) return;
  live.stop();
  isLeaving = true;
  try {
    await action();
  } catch (error) {
    isLeaving = false;
    live.start();
    throw error;
  }
  leave({ notice });
}

async function renewLogin() {
  if (!session.isDueForRenewal) return;
  const answer = await get("/tokens/recycle").catch(() => null);
  if (answer) session.begin(answer.token);
}

// MARK: Keeping it true

const eachTimeline = (action) => {
  for (const { timeline } of conversations()) action(timeline);
};
const noteSeen = () => eachTimeline((timeline) => timeline.noteSeen());

function chatCame(chat) {
  noteNew(chat);
  const conversation = conversationOf(chat);
  if (chat.authorId === store.selfId) return;
  if (conversation) speak(chat);
  if (!conversation?.timeline.isSeen && mentionsSelf(chat.content)) {
    notify(chat, placeName(chat.channelId));
  }
}

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
  keepConversationsTrue(conversations);
  keepScreenTrue(tellOfUnsent(conversationOf));
  watch("channels", channelsChanged);
  watch("rights", judgeRights);
  watch("chat", chatCame);
  watch("unread channels server", () => { if (store.server) drawTitle(); });
  watch("unread", drawHead);
  watch("users names", redrawPanel("people"));
  watch("threads unread chat", redrawPanel("threads"));
  byId("skip").addEventListener("click", focusField);
  addEventListener("focus", noteSeen);
  document.addEventListener("visibilitychange", noteSeen);
  document.body.addEventListener("click", (event) => {
    const author = event.target.closest?.("[data-user]");
    if (author) showMember(Number(author.dataset.user));
  });
  registerServiceWorker();
  const notice = savedInTab.get("concord.notice");
  savedInTab.remove("concord.notice");
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
