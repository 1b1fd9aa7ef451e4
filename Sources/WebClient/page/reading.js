// What was read, and so what is new. The protocol keeps no marks: they are this browser's, the
// same in all its tabs. A place counts as read up to the newest chat that was in sight.

import { listChats } from "./api.js";
import { keyOf } from "./place.js";
import { saved, session } from "./session.js";
import { changed, store, watch } from "./store.js";

const COUNTED_MAX = 200;

/** keyOf(place) → { channelId, news } of places with something new; news: a chat's id → whether it
 * mentions this member. */
const unread = new Map();
let mentionsMe = () => false;

/** @param judge says of a text whether it mentions this member */
export function setMentionJudge(judge) { mentionsMe = judge; }

const storageKey = () => `concord.read.${store.selfId}`;
const marks = () => saved.get(storageKey()) ?? { floor: 0, places: {} };

/** A page that is being left writes no marks any more: they would be of nobody. */
function keep(marks) {
  if (session.token) saved.set(storageKey(), marks);
}

export function readUpTo(key) {
  const { floor, places } = marks();
  return places[key] ?? floor;
}

export function unreadIn(key) {
  const place = unread.get(key);
  return sum(place ? [[key, place]] : []);
}

/** What is new in the threads of a channel. */
export function unreadThreads(channelId) {
  return sum([...unread].filter(([key, place]) => key[0] === "t" && place.channelId === channelId));
}

export const unreadEverywhere = () =>
  sum([...unread].filter(([, place]) => store.channels.has(place.channelId)));

function sum(places) {
  const total = { count: 0, mentions: 0 };
  for (const [, { news }] of places) {
    total.count += news.size;
    total.mentions += [...news.values()].filter(Boolean).length;
  }
  return total;
}

export function markRead(key, chatId) {
  if (readUpTo(key) < chatId) {
    const { floor, places } = marks();
    keep({ floor, places: { ...places, [key]: chatId } });
  }
  if (unread.delete(key)) tell(key);
}

/** Counts a chat that has just come. */
export function noteNew(chat) {
  const key = keyOf(chat.channelId, chat.threadId);
  if (chat.authorId === store.selfId || chat.id <= readUpTo(key)) return;
  count(key, chat);
  tell(key);
}

/** A thread shows what is new in it where it begins. */
function tell(key) {
  changed("unread");
  if (key[0] === "t") changed("threads");
}

function count(key, chat) {
  const place = unread.get(key) ?? { channelId: chat.channelId, news: new Map() };
  place.news.set(chat.id, mentionsMe(chat.content));
  unread.set(key, place);
}

/** One that was deleted is nothing new. */
function forget({ chatId, channelId, threadId }) {
  const key = keyOf(channelId, threadId);
  const news = unread.get(key)?.news;
  if (!news?.delete(chatId)) return;
  if (!news.size) unread.delete(key);
  tell(key);
}
watch("deleted", forget);

/** Finds out what came since this browser was last here. At the first visit nothing is new. */
export async function loadUnread() {
  unread.clear();
  const { floor, places } = marks();
  if (!saved.get(storageKey())) {
    const [newest] = await listChats({ size: 1 });
    keep({ floor: newest?.id ?? 0, places: {} });
  } else {
    const ends = [...store.channels.keys()].map((id) => places[keyOf(id)] ?? floor);
    const afterId = ends.reduce((oldest, end) => Math.min(oldest, end), Number.MAX_SAFE_INTEGER);
    const missed = await listChats({ afterId, size: COUNTED_MAX });
    if (missed.length < COUNTED_MAX) missed.forEach(countMissed);
    else for (const id of store.channels.keys()) await loadUnreadOf(id, places[keyOf(id)] ?? floor);
  }
  changed("unread");
}

async function loadUnreadOf(channelId, afterId) {
  (await listChats({ channelId, afterId, size: COUNTED_MAX })).forEach(countMissed);
}

function countMissed(chat) {
  const key = keyOf(chat.channelId, chat.threadId);
  if (chat.authorId !== store.selfId && chat.id > readUpTo(key)) count(key, chat);
}

// Another tab has read something.
addEventListener("storage", (event) => {
  if (event.key !== storageKey() || !event.newValue) return;
  const { places } = marks();
  const before = JSON.parse(event.oldValue)?.places ?? {};
  for (const key of Object.keys(places)) if (places[key] !== before[key]) unread.delete(key);
  changed("unread");
});
