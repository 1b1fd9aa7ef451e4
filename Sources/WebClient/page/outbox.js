// What was written and not yet acknowledged. It never lies: a message counts as sent when the
// server has answered that it is stored, not before.
//
// Each has a nonce. The server stores one under a nonce once, so after a cut it is sent again
// without fear of doubling it, also by another tab or after a reload: they lie in localStorage.

import { post } from "./api.js";
import { saved, savedInTab, session } from "./session.js";
import { addChat, changed, store } from "./store.js";

/** Nonces are known for 24 hours. What is older is not sent again by itself. */
const SAFE_MS = 23 * 3600 * 1000;
/** If the tab that wrote it has not sent it by then, the others do. */
const ADOPTED_AFTER_MS = 15_000;
const RETRY_MS = 3_000;
/** A server that is well has answered by then. */
const USUAL_MS = 5_000;

const prefix = () => `concord.outbox.${store.selfId}.`;
/** Names this tab, also after a reload. */
const tab = tabName();
const settled = new Set();
let isSending = false;
let timer = null;
let pausedBy = null;

/** All entries of a place, oldest first: { nonce, content, writtenAt, failure? }. */
export function waitingIn(channelId, threadId) {
  return entries().filter((entry) => entry.channelId === channelId && entry.threadId === threadId);
}

export const waitingEverywhere = () => entries();

/** Until when the server takes nothing more from this member, and why; null if it does. */
export const holdUp = () => (pausedBy && pausedBy.until > Date.now() ? pausedBy : null);

export function write(channelId, threadId, content) {
  const nonce = newNonce();
  keep({ nonce, tab, channelId, threadId, content, writtenAt: Date.now() });
  deliver();
  setTimeout(() => {
    if (!isOverdue(saved.get(prefix() + nonce))) return;
    changed("outbox");
    onOverdue();
  }, USUAL_MS + 50);
}

let onOverdue = () => {};

/** Has `callback` called when one is not acknowledged in the usual time. */
export function whenOverdue(callback) { onOverdue = callback; }

/** Whether one should have been acknowledged by now. */
export const isOverdue = (entry) =>
  Boolean(entry) && !entry.failure && Date.now() - entry.writtenAt > USUAL_MS;

/** The member asks for it: one that failed is tried again. */
export function retry(nonce) {
  const entry = saved.get(prefix() + nonce);
  if (!entry) return;
  // Past the nonce's life nobody knows whether it was stored: it is a new message then.
  const isSafe = Date.now() - entry.writtenAt < SAFE_MS;
  if (!isSafe) forget(nonce);
  const { failure, ...again } = entry;
  keep(isSafe ? { ...again, tab } : { ...again, tab, nonce: newNonce(), writtenAt: Date.now() });
  deliver();
}

/** @returns the text of one that is taken out, to be written anew */
export function takeBack(nonce) {
  const content = saved.get(prefix() + nonce)?.content ?? "";
  forget(nonce);
  return content;
}

export function forget(nonce) {
  saved.remove(prefix() + nonce);
  changed("outbox");
}

/** The stream brought it: it is stored, even if its answer was lost. */
export function settle(chat) {
  if (chat.authorId !== store.selfId || !chat.nonce) return;
  settled.add(chat.nonce);
  if (saved.get(prefix() + chat.nonce)) forget(chat.nonce);
}

/** Sends what waits, one after the other, so that it arrives in the order it was written. */
export async function deliver() {
  clearTimeout(timer);
  if (isSending) return;
  isSending = true;
  let wait = null;
  try {
    for (let next = nextToSend(); next && wait === null; next = nextToSend()) {
      wait = await send(next);
    }
  } finally {
    isSending = false;
  }
  const isForeign = entries().some((entry) => !entry.failure && entry.tab !== tab);
  if (wait !== null || isForeign) timer = setTimeout(deliver, wait ?? ADOPTED_AFTER_MS);
}

/** @returns after how many milliseconds to go on, null for at once */
async function send({ nonce, channelId, threadId, content, writtenAt }) {
  try {
    const chat = await post(`/channels/${channelId}/chats`, { content, threadId, nonce });
    // Where the stream was first it may have told since of what was made of it.
    if (!settled.has(nonce)) addChat(chat);
    settled.add(nonce);
    forget(nonce);
    return null;
  } catch (error) {
    if (settled.has(nonce)) return null;
    if (error.isTransient) return pause(error);
    // 401: the login has ended, and with it this outbox.
    if (error.status !== 401) fail(nonce, error.message);
    return error.status === 401 ? RETRY_MS : null;
  }
}

function pause({ message, status, retryAfterMs }) {
  const ms = retryAfterMs ?? RETRY_MS;
  // Where nothing came back, the line about the connection says so.
  if (status) pausedBy = { until: Date.now() + ms, reason: message };
  changed("outbox");
  return ms;
}

function fail(nonce, failure) {
  const entry = saved.get(prefix() + nonce);
  if (entry) keep({ ...entry, failure });
}

function nextToSend() {
  const now = Date.now();
  for (const entry of entries()) {
    if (entry.failure) continue;
    const age = now - entry.writtenAt;
    if (age > SAFE_MS) fail(entry.nonce, "It could not be sent for a day");
    else if (entry.tab === tab || age > ADOPTED_AFTER_MS) return entry;
  }
  return null;
}

function keep(entry) {
  saved.set(prefix() + entry.nonce, entry);
  changed("outbox");
}

function entries() {
  return saved.keys(prefix()).map((key) => saved.get(key)).filter(Boolean)
    .sort((a, b) => a.writtenAt - b.writtenAt || (a.nonce < b.nonce ? -1 : 1));
}

function tabName() {
  const name = savedInTab.get("concord.tab") ?? newNonce();
  savedInTab.set("concord.tab", name);
  return name;
}

/** Grows with time, so that what is written within a millisecond keeps its order; 64 random bits.
 * (randomUUID is for secure origins only.) */
function newNonce() {
  newNonce.count = (newNonce.count ?? 0) + 1;
  const random = crypto.getRandomValues(new Uint32Array(2));
  const parts = [Date.now(), newNonce.count + 46_656, ...random];
  return parts.map((part) => part.toString(36)).join("-");
}

// What found no room in the browser's storage would go with the page.
addEventListener("beforeunload", (event) => {
  if (session.token && saved.isFleeting(prefix())) event.preventDefault();
});

addEventListener("storage", (event) => {
  if (!event.key?.startsWith("concord.outbox.")) return;
  changed("outbox");
  if (event.newValue) timer ??= setTimeout(deliver, ADOPTED_AFTER_MS);
});
