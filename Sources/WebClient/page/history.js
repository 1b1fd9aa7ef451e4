// A piece of a place's past without gaps, oldest first, that grows at both ends on demand.

import { listChats } from "./api.js";

const PAGE = 50;
const PAGE_MAX = 200;
/** Ids grow by 4096 each millisecond , so a span of ids is a span of time. */
const IDS_PER_MINUTE = 60_000 * 4096;
/** Of what is not shown, so much is kept. */
const KEPT = 300;

export class History {
  chats = [];
  /** Whether there is, or may be, something before the first and behind the last. */
  hasOlder = true;
  hasNewer = false;
  /** It must be read afresh before it is shown. */
  isStale = true;
  isShown = false;

  #loading = null;

  constructor(channelId, threadId) {
    this.channelId = channelId;
    this.threadId = threadId;
  }

  // MARK: Reading

  /** Reads the newest chats. */
  loadLatest() {
    return this.#once(async () => {
      this.isStale = false;
      const page = await this.#page({ size: PAGE }).catch((error) => {
        this.isStale = true;
        throw error;
      });
      this.chats = page.reverse();
      this.hasOlder = page.length === PAGE;
      this.hasNewer = false;
    });
  }

  /** Reads what lies around a chat, somewhere in the past. */
  async loadAround(id) {
    // What is under way reads another piece.
    while (this.#loading) await this.#loading.catch(() => {});
    return this.#once(async () => {
      const before = await this.#page({ size: PAGE, beforeId: id + 1 });
      const chats = before.reverse();
      const hasOlder = chats.length === PAGE;
      // Enough to fill a screen behind it, so that it can be shown at the top of one.
      const enough = chats.length + PAGE;
      let hasNewer = true;
      while (hasNewer && chats.length < enough) {
        const next = await this.#after(chats.at(-1)?.id ?? 0);
        chats.push(...next.chats);
        ({ hasNewer } = next);
      }
      // All at once: what is drawn meanwhile is what was there before.
      Object.assign(this, { chats, hasOlder, hasNewer, isStale: false });
    });
  }

  loadOlder() {
    return this.#once(async () => {
      if (!this.hasOlder || !this.chats.length) return;
      const page = await this.#page({ size: PAGE, beforeId: this.chats[0].id });
      this.chats = [...page.reverse(), ...this.chats];
      this.hasOlder = page.length === PAGE;
    });
  }

  loadNewer() {
    return this.#once(async () => {
      if (!this.hasNewer) return;
      const next = await this.#after(this.chats.at(-1)?.id ?? 0);
      this.chats = [...this.chats, ...next.chats];
      this.hasNewer = next.hasNewer;
    });
  }

  /** What comes right after a chat, up to the newest that there is now. The server lists from the
   * newest down: so the span of ids that is asked for is made smaller until all of it fits one
   * page, larger while it is empty. */
  async #after(last) {
    const [newest] = await this.#page({ size: 1, afterId: last });
    if (!newest) return { chats: [], hasNewer: false };
    for (;;) {
      const span = Math.min(this.#span, newest.id + 1 - last);
      const end = last + span;
      const page = await this.#page({ size: PAGE_MAX, afterId: last, beforeId: end });
      if (page.length === PAGE_MAX) {
        this.#span = Math.ceil(span / 8);
        continue;
      }
      this.#span = span * 8;
      if (!page.length && end <= newest.id) continue;
      return { chats: page.reverse(), hasNewer: end <= newest.id };
    }
  }

  #span = 60 * IDS_PER_MINUTE;

  #page(filters) {
    const place = this.threadId
      ? { threadId: this.threadId } : { channelId: this.channelId, threadId: -1 };
    return listChats({ ...place, ...filters });
  }

  /** One reading at a time; who asks meanwhile waits for the one under way. What the stream brings
   * while it reads may or may not be in what was read: it is applied to that once more. */
  #once(read) {
    if (this.#loading) return this.#loading;
    this.#meanwhile = [];
    this.#loading = read().then(() => {
      for (const again of this.#meanwhile) again();
    }).finally(() => { this.#loading = null; });
    return this.#loading;
  }

  // MARK: Keeping it true

  #meanwhile = [];

  add(chat) { this.#apply(() => this.#add(chat)); }

  /** A changed chat is a new object, so that a view sees at a glance which ones to draw anew. */
  change(id, changes) { this.#apply(() => this.#change(id, changes)); }

  remove(id) {
    this.#apply(() => {
      const index = this.indexOf(id);
      if (index >= 0) this.chats.splice(index, 1);
    });
  }

  #apply(action) {
    action();
    if (this.#loading) this.#meanwhile.push(action);
  }

  #add(chat) {
    const { nonce, ...known } = chat;
    const index = this.lowerBound(chat.id);
    if (this.chats[index]?.id === chat.id) {
      this.#change(chat.id, known);
    } else if (index === this.chats.length ? !this.hasNewer : index > 0 || !this.hasOlder) {
      // Mostly at the end; but one's own, which its answer brings, may overtake others'. Beyond a
      // gap it has no place: it comes when that is read.
      this.chats.splice(index, 0, known);
    }
    if (!this.isShown && this.chats.length > 2 * KEPT) this.#shorten();
  }

  #change(id, changes) {
    const index = this.indexOf(id);
    if (index >= 0) this.chats[index] = { ...this.chats[index], ...changes };
  }

  /** Where a chat is; −1 if it is not here. */
  indexOf(id) {
    const index = this.lowerBound(id);
    return this.chats[index]?.id === id ? index : -1;
  }

  /** The index of the first chat that is not older than `id`. */
  lowerBound(id) {
    let [low, high] = [0, this.chats.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.chats[middle].id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** It is shown no more: what lies far back can be read again. */
  hide() {
    this.isShown = false;
    this.#shorten();
  }

  #shorten() {
    if (this.hasNewer) this.isStale = true;
    if (this.chats.length <= KEPT) return;
    this.chats = this.chats.slice(-KEPT);
    this.hasOlder = true;
  }
}
