// What this client knows of the community: read once from the REST interface, then kept true by
// the events of the stream. Views read from here and are told when to look again.

import { get } from "./api.js";
import { History } from "./history.js";
import { loadLimits } from "./limits.js";
import { keyOf } from "./place.js";
import { effectiveRights } from "./rights.js";

/** How long somebody counts as typing after the last notice. */
const TYPING_MS = 6_000;
/** Histories of places that are not shown are kept, up to so many. */
const HISTORIES_MAX = 12;

export const store = {
  selfId: null,
  server: null,
  users: new Map(),
  channels: new Map(),
  threads: new Map(),
  /** What one may do everywhere; overrides of channels come on top (see rights.js). */
  rights: effectiveRights([]),
  histories: new Map(),
  /** keyOf(place) → Map of user id → when that stops counting. */
  typing: new Map(),

  get self() { return this.users.get(this.selfId); },
};

// MARK: Telling views

const watchers = new Map();
/** Topics that are about one chat, which is told along. */
const ONE_BY_ONE = ["chat", "edited", "deleted", "reactors", "unfolded"];

/** Has `callback` called whenever that part changes: server, users, channels, threads, typing,
 * rights, names (and faces), chats, afresh (everything at once), and those that are about one
 * chat. */
export function watch(topics, callback) {
  for (const topic of topics.split(" ")) {
    if (!watchers.has(topic)) watchers.set(topic, []);
    watchers.get(topic).push(callback);
  }
}

export function changed(topic, value) {
  for (const callback of watchers.get(topic) ?? []) callback(value);
}

// MARK: Reading it all

/** Reads everything afresh. Histories are emptied: what they held may have been changed.
 * @param isWanted says whether it still is when all is read; else another reading is under way */
export async function loadAll(isWanted) {
  const [self, users, server, trees] = await Promise.all([
    get("/self"), get("/users"), get("/server"), get("/channels"), loadLimits()]);
  const rights = await readRights(self.id);
  if (!isWanted()) return;
  store.selfId = self.id;
  store.rights = rights;
  store.server = server;
  store.users = new Map(users.map((user) => [user.id, user]));
  store.channels = new Map(flatten(trees, null).map((channel) => [channel.id, channel]));
  store.threads.clear();
  store.typing.clear();
  for (const history of store.histories.values()) history.isStale = true;
  for (const topic of watchers.keys()) if (!ONE_BY_ONE.includes(topic)) changed(topic);
}

/** Who is online is told, but never stored: after each return it is read again. */
export async function loadPresence() {
  const before = new Map(tellings);
  for (const user of await get("/users")) {
    if (tellings.get(user.id) === before.get(user.id)) store.users.set(user.id, user);
  }
  changed("users");
}

async function readRights(id) {
  const [own, mine, roles] = await Promise.all([
    get(`/users/${id}/rights`), get(`/users/${id}/roles`), get("/roles")]);
  const held = roles.filter((role) => mine.roleIds.includes(role.id));
  return effectiveRights([own, ...held.map((role) => role.rights)]);
}

/** What one may do in a channel, whose overrides only those are told who manage it. */
export async function loadRightsIn(channelId) {
  return effectiveRights([await get(`/channels/${channelId}/rights/self`)]);
}

function flatten(trees, parentChannelId) {
  return trees.flatMap(({ children, ...channel }) =>
    [{ ...channel, parentChannelId }, ...flatten(children, channel.id)]);
}

/** Makes the threads of a channel known. */
export async function loadThreads(channelId) {
  const threads = await get(`/channels/${channelId}/threads`);
  for (const thread of threads) store.threads.set(thread.id, thread);
  changed("threads");
}

// MARK: Looking things up

export function childrenOf(parentId) {
  return [...store.channels.values()]
    .filter((channel) => channel.parentChannelId === parentId)
    .sort((a, b) => a.ordinality - b.ordinality || (a.name < b.name ? -1 : 1));
}

export function threadOn(chatId) {
  for (const thread of store.threads.values()) if (thread.sourceChatId === chatId) return thread;
  return null;
}

export function nameOf(userId) {
  const user = store.users.get(userId);
  return user ? user.profile.nickname || user.username : "somebody";
}

/** Where to go when no place is asked for. */
export function defaultChannelId() {
  const id = store.server?.defaultChannelId;
  return store.channels.has(id) ? id : childrenOf(null)[0]?.id ?? null;
}

/** The history of a place, which begins empty. */
export function historyOf(channelId, threadId = null) {
  const key = keyOf(channelId, threadId);
  const history = store.histories.get(key) ?? new History(channelId, threadId);
  // The one used last comes last, so that the first is the one to forget.
  store.histories.delete(key);
  store.histories.set(key, history);
  for (const [other, { isShown }] of store.histories) {
    if (store.histories.size <= HISTORIES_MAX) break;
    if (!isShown && other !== key) store.histories.delete(other);
  }
  return history;
}

/** Who is typing there now, oneself aside. */
export function typistsIn(channelId, threadId) {
  const now = Date.now();
  return [...store.typing.get(keyOf(channelId, threadId)) ?? []]
    .filter(([id, until]) => until > now && id !== store.selfId).map(([id]) => id);
}

// MARK: Events

const EVENTS = {
  chat_sent({ chat }) {
    addChat(chat);
    changed("chat", chat);
  },
  chat_edited({ chatId, content, ...place }) {
    historyAt(place)?.change(chatId, { content, edited: true });
    changed("chats");
    changed("edited", { chatId, content });
  },
  chat_deleted({ chatId, ...place }) {
    historyAt(place)?.remove(chatId);
    changed("chats");
    changed("deleted", { chatId, ...place });
  },
  chat_reactions_updated({ chatId, reactions, ...place }) {
    historyAt(place)?.change(chatId, { reactions });
    changed("chats");
  },
  chat_typing({ userId, channelId, threadId }) {
    const key = keyOf(channelId, threadId);
    if (!store.typing.has(key)) store.typing.set(key, new Map());
    store.typing.get(key).set(userId, Date.now() + TYPING_MS);
    changed("typing");
    setTimeout(() => changed("typing"), TYPING_MS + 50);
  },
  channel_created: ({ channel }) => putChannel(channel),
  channels_updated: ({ channel }) => putChannel(channel),
  channel_deleted({ channelId }) {
    for (const child of childrenOf(channelId)) EVENTS.channel_deleted({ channelId: child.id });
    store.channels.delete(channelId);
    store.histories.delete(keyOf(channelId, null));
    if (store.server.defaultChannelId === channelId) store.server.defaultChannelId = null;
    changed("channels");
  },
  thread_created({ thread }) {
    store.threads.set(thread.id, thread);
    changed("threads");
  },
  user_joined: cameOrWent,
  user_left: cameOrWent,
  user_status_updated({ userId, status: onlineStatus }) {
    noteTelling(userId);
    const user = store.users.get(userId);
    if (user) putUser({ ...user, status: { onlineStatus } });
  },
  user_updated({ user }) {
    noteTelling(user.id);
    putUser(user);
  },
  server_updated({ server }) {
    store.server = server;
    changed("server");
  },
};

/** Takes an event of the stream; what this client does not know of, it passes over. */
export function apply(message) { EVENTS[message.type]?.(message); }

/** A chat that was stored, whoever tells of it first: the stream or the answer to its sender. */
export function addChat(chat) {
  historyAt(chat)?.add(chat);
  store.typing.get(keyOf(chat.channelId, chat.threadId))?.delete(chat.authorId);
  changed("typing");
  changed("chats");
}

export function putUser(user) {
  const { nickname, avatarId } = store.users.get(user.id)?.profile ?? {};
  store.users.set(user.id, user);
  changed("users");
  if (user.profile.nickname !== nickname || user.profile.avatarId !== avatarId) changed("names");
}

const historyAt = ({ channelId, threadId }) => store.histories.get(keyOf(channelId, threadId));

function putChannel(channel) {
  store.channels.set(channel.id, channel);
  changed("channels");
}

/** A user's id → how often the stream has told of that user: an answer that was asked for before
 * the last time may be older than what is known. */
const tellings = new Map();

function noteTelling(userId) { tellings.set(userId, (tellings.get(userId) ?? 0) + 1); }

function cameOrWent({ userId }) {
  noteTelling(userId);
  readUser(userId);
}

/** Accounts that have written stay known when they are removed; others are gone. */
async function readUser(id) {
  const told = tellings.get(id);
  try {
    const user = await get(`/users/${id}`);
    if (tellings.get(id) === told) putUser(user);
    else await readUser(id);
  } catch (error) {
    if (error.status !== 404) return;
    store.users.delete(id);
    changed("users");
  }
}
