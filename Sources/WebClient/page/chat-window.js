// Which chats of a history are in the page. However long that is, there are at most WINDOW of them
// (and one that is being edited); the window follows the newest, or stays and moves when asked.

const WINDOW = 150;
const STEP = 50;

export class ChatWindow {
  /** Whether it stays at the newest chat when more come. */
  isFollowing = true;
  /** While a chat is edited it stays in the page; null otherwise. */
  editedId = null;

  #history;
  /** Ids of its first and last chat: what comes before them changes indexes, not ids. */
  #firstId = 0;
  #lastId = Infinity;

  constructor(history) { this.#history = history; }

  get firstId() { return this.#firstId; }

  /** The indexes that it spans now: [start, end). */
  get span() {
    const { chats, hasNewer } = this.#history;
    const isAtEnd = this.isFollowing && !hasNewer;
    const start = isAtEnd
      ? Math.max(0, chats.length - WINDOW) : this.#history.lowerBound(this.#firstId);
    const end = isAtEnd ? chats.length : this.#history.lowerBound(this.#lastId + 1);
    const edited = this.editedId === null ? -1 : this.#history.indexOf(this.editedId);
    return edited < 0 ? [start, end] : [Math.min(start, edited), Math.max(end, edited + 1)];
  }

  /** Whether nothing newer is known to lie behind it. */
  get isNewest() { return this.span[1] === this.#history.chats.length && !this.#history.hasNewer; }

  /** How many chats are known that are newer than it. */
  get newerCount() {
    return this.#history.chats.length - this.#history.lowerBound(this.#lastId + 1);
  }

  follow() {
    this.isFollowing = true;
    this.#lastId = Infinity;
  }

  /** It stays where it is, whatever comes. */
  stay() {
    this.#set(...this.span);
    this.isFollowing = false;
  }

  showAround(index) {
    this.isFollowing = false;
    this.#set(index - STEP, index + STEP);
  }

  /** Moves it towards the past (−1) or the present (1), and reads what is missing for that. */
  async move(direction) {
    const [start, end] = this.span;
    const { chats, hasOlder, hasNewer } = this.#history;
    if (direction < 0 && start < STEP && hasOlder) await this.#history.loadOlder();
    if (direction > 0 && end + STEP > chats.length && hasNewer) await this.#history.loadNewer();
    // Meanwhile there may be more at either end, or one may have gone back to the newest.
    if (this.isFollowing) return;
    const [first, last] = this.span;
    const earlier = Math.max(0, first - STEP);
    if (direction < 0) this.#set(earlier, Math.min(last, earlier + WINDOW));
    else this.#set(Math.max(first, last + STEP - WINDOW), last + STEP);
  }

  #set(start, end) {
    const { chats } = this.#history;
    const first = Math.max(0, Math.min(start, chats.length - 1));
    this.#firstId = chats[first]?.id ?? 0;
    this.#lastId = chats[Math.min(end, chats.length) - 1]?.id ?? Infinity;
  }
}
