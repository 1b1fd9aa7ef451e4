// A place's chats on the screen: a window onto its history (chat-window.js) that is drawn and
// scrolled; what is in sight stays where it is.

import { belongTogether, drawChat, drawWaiting, sameDay } from "./chat.js";
import { ChatList } from "./chat-list.js";
import { ChatWindow } from "./chat-window.js";
import { button, dayOf, h, icon, isolated, oncePerFrame } from "./dom.js";
import { keyOf } from "./place.js";
import { forget, retry, waitingIn } from "./outbox.js";
import { markRead, readUpTo, unreadIn } from "./reading.js";
import { store, watch } from "./store.js";

/** How near to an end of the window more is drawn, in pixels. */
const NEAR = 800;
/** Within so many pixels of the end one is at the end. */
const AT_END = 40;

export class Timeline {
  #history;
  #list = new ChatList();
  #scroller = h("div", { class: "scroller", tabindex: 0, role: "region" }, this.#list.element);
  #jump = button("", () => this.showLatest(), "jump");
  #name;
  #window;
  /** How far it was scrolled when last looked at. */
  #top = 0;
  /** What is newer than this chat was new when one came, or came back. */
  #dividerAfter;
  #isExtending = false;
  #failure = null;
  #isConnected;
  #writeAgain;
  #isShown = true;
  /** It grows, shrinks, or comes into sight again. */
  #resized = new ResizeObserver(() => {
    if (!this.#window.isFollowing || !this.isVisible) return;
    this.#toEnd();
    this.noteSeen();
  });

  /**
   * @param name what the place is called
   * @param showTools puts the tools for a chat into its element: showTools(element, chat)
   * @param isConnected tells whether what waits is on its way
   * @param writeAgain takes the nonce of what was refused back to where one writes
   */
  constructor(history, { name, showTools, isConnected, writeAgain }) {
    this.#history = history;
    this.#window = new ChatWindow(history);
    history.isShown = true;
    this.#jump.hidden = true;
    this.#isConnected = isConnected;
    this.#writeAgain = writeAgain;
    this.element = h("div", { class: "timeline" }, this.#scroller, this.#jump);
    this.#dividerAfter = unreadIn(this.#key).count ? readUpTo(this.#key) : Infinity;
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    const pointed = (event) => {
      const element = event.target.closest?.("li.chat");
      if (element?.chat) showTools(element, element.chat);
    };
    this.#list.element.addEventListener("pointerover", pointed);
    this.#list.element.addEventListener("focusin", pointed);
    this.draw = oncePerFrame(() => { if (this.#isShown) this.#draw(); });
    this.rename(name);
    this.#resized.observe(this.#scroller);
    this.#resized.observe(this.#list.element);
  }

  /** Whether it is on the screen: on a small one something else may be in its place. */
  get isVisible() { return this.#isShown && this.#scroller.clientHeight > 0; }

  /** Whether somebody looks at it. */
  get isSeen() { return this.isVisible && !document.hidden && document.hasFocus(); }

  get #key() { return keyOf(this.#history.channelId, this.#history.threadId); }

  rename(name) {
    this.#name = name;
    this.#scroller.setAttribute("aria-label", `Messages in ${name}`);
    this.draw();
  }

  /** Reads what is not there yet, and shows it. */
  async show() {
    try {
      if (this.#history.isStale) {
        const isReading = !this.#window.isFollowing && this.#history.chats.length > 0;
        const [first] = this.#inSight()[0] ?? [];
        const seenId = Number(first?.dataset.id ?? this.#window.firstId);
        if (isReading) await this.#history.loadAround(seenId);
        else await this.#history.loadLatest();
      }
      this.#failure = null;
    } catch (error) {
      this.#failure = error.message;
    }
    this.draw();
  }

  async showLatest() {
    this.#window.follow();
    if (this.#history.hasNewer) {
      this.#history.isStale = true;
      await this.show();
    }
    this.#draw();
  }

  /** Shows a chat wherever it lies, and puts the focus on it. @returns whether it is there */
  async showChat(id) {
    if (this.#history.isStale || this.#history.indexOf(id) < 0) await this.#history.loadAround(id);
    this.#window.showAround(this.#history.lowerBound(id));
    this.#draw();
    const element = this.elementOf(id);
    if (!element) return false;
    element.scrollIntoView({ block: "center" });
    element.focus({ preventScroll: true });
    element.classList.add("found");
    setTimeout(() => element.classList.remove("found"), 2_000);
    return true;
  }

  /** Draws a chat anew that looks the same by its own data. */
  redraw(id) {
    const element = this.elementOf(id);
    if (element) element.isOutdated = true;
    this.draw();
  }

  redrawAll() {
    for (const element of this.#list.all) element.isOutdated = true;
    this.draw();
  }

  elementOf(id) { return this.#list.get(id); }

  /** While a chat is edited its element is its editor's, and stays in the page.
   * @param id null when that is over */
  setEdited(id) { this.#window.editedId = id; }

  close() {
    this.#isShown = false;
    this.#resized.disconnect();
    this.#history.hide();
  }

  // MARK: Scrolling

  #scrolled() {
    const [start] = this.#window.span;
    const below = this.#below();
    const { isNewest } = this.#window;
    const follows = below < AT_END && isNewest;
    // What grows takes nobody away from the end; only who scrolls up goes.
    const wentUp = this.#scroller.scrollTop < this.#top - 1;
    this.#top = this.#scroller.scrollTop;
    if (this.#window.isFollowing && !follows && wentUp) {
      this.#window.stay();
    } else if (follows && !this.#window.isFollowing) {
      this.#window.isFollowing = true;
      this.#noteRead();
    }
    if (this.#scroller.scrollTop < NEAR && (start > 0 || this.#history.hasOlder)) this.#extend(-1);
    else if (below < NEAR && !isNewest) this.#extend(1);
    this.#showJump();
  }

  /** Moves the window towards the past (−1) or the present (1). */
  async #extend(direction) {
    if (this.#isExtending || this.#failure) return;
    this.#isExtending = true;
    try {
      await this.#window.move(direction);
      if (!this.#window.isFollowing) this.#draw();
    } catch (error) {
      this.#failure = error.message;
      this.#draw();
    } finally {
      this.#isExtending = false;
    }
  }

  /** The chats that are in sight, and where: the first of them that is still there when others
   * have come and gone stays in its place. */
  #inSight() {
    const { top, bottom } = this.#scroller.getBoundingClientRect();
    const seen = [];
    for (const element of this.#list.element.children) {
      if (!element.dataset.id) continue;
      const box = element.getBoundingClientRect();
      if (box.top > bottom) break;
      if (box.bottom > top) seen.push([element, box.top]);
    }
    return seen;
  }

  /** How much lies below what is in sight, in pixels. */
  #below() {
    const { scrollHeight, clientHeight, scrollTop } = this.#scroller;
    return scrollHeight - clientHeight - scrollTop;
  }

  #toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#top = this.#scroller.scrollTop;
  }

  // MARK: Drawing

  #draw() {
    const seen = this.#window.isFollowing ? [] : this.#inSight();
    this.#noteAbsence();
    this.#list.place(this.#items());
    const [anchor, top] = seen.find(([element]) => element.isConnected) ?? [];
    if (this.#window.isFollowing) {
      this.#toEnd();
      this.#noteRead();
    } else if (anchor) {
      this.#scroller.scrollTop += anchor.getBoundingClientRect().top - top;
    }
    this.#showJump();
  }

  /** What is to be drawn, in its order: [key, draw(element)]. */
  #items() {
    const [start, end] = this.#window.span;
    const { chats, hasOlder, hasNewer, threadId, channelId } = this.#history;
    const items = [];
    const add = (key, className, text) =>
      items.push([key, (element) => draw(element, className, text)]);
    if (this.#failure) items.push(["failure", (element) => this.#drawFailure(element)]);
    else if (start === 0 && !hasOlder) {
      add("beginning", "beginning", ["This is the beginning of ", isolated(this.#name), "."]);
    }
    for (let index = start; index < end; index += 1) {
      const [before, chat] = [chats[index - 1], chats[index]];
      // Whether the oldest known begins its day is not known while there are older ones.
      const isNewDay = before ? !sameDay(before.createdAt, chat.createdAt) : !hasOlder;
      const isFirstNew = chat.id > this.#dividerAfter && !(before?.id > this.#dividerAfter);
      if (isNewDay) add(`day${chat.id}`, "day", dayOf(chat.createdAt));
      if (isFirstNew) add("unread", "unread", "New");
      const isCompact = !isNewDay && !isFirstNew && belongTogether(before, chat);
      items.push([chat.id, (element) => this.#drawChat(element, chat, isCompact)]);
    }
    if (end === chats.length && !hasNewer) {
      for (const entry of waitingIn(channelId, threadId)) {
        items.push([entry.nonce, (element) => drawWaiting(
          element, entry, store.selfId, this.#isConnected(),
          { retry, forget, edit: this.#writeAgain })]);
      }
    }
    return items;
  }

  #drawChat(element, chat, isCompact) {
    // A heading once drawn stays: when older chats come, nothing in sight changes its height.
    const isShort = isCompact && element.isCompact !== false;
    if (chat.id === this.#window.editedId) return;
    const isSame = element.chat === chat && element.isCompact === isShort;
    if (isSame && !element.isOutdated) return;
    Object.assign(element, { chat, isCompact: isShort, isOutdated: false });
    element.dataset.id = chat.id;
    if (!element.hasAttribute("tabindex")) element.tabIndex = -1;
    drawChat(element, chat, isShort, this.#history.threadId !== null);
  }

  #drawFailure(element) {
    element.className = "beginning problem";
    const retryButton = button("Try again", () => this.retryReading(), "link");
    element.replaceChildren(`${this.#failure}. `, retryButton);
  }

  /** The connection is back, or the member asks for it. */
  async retryReading() {
    const failed = this.#failure;
    this.#failure = null;
    if (this.#history.isStale) await this.show();
    else if (failed) await this.#extend(this.#scroller.scrollTop < NEAR ? -1 : 1);
    this.draw();
  }

  #showJump() {
    const isAway = this.#below() > 2 * NEAR;
    const isBehind = this.#window.newerCount > 0 || this.#history.hasNewer;
    this.#jump.hidden = this.#window.isFollowing || !(isAway || isBehind);
    if (!this.#jump.hidden) this.#jump.replaceChildren(icon("down"), "Newest messages");
  }

  /** Read is what was in sight of somebody who looks. */
  #noteRead() {
    const last = this.#history.chats.at(-1);
    if (last && this.isSeen) markRead(this.#key, last.id);
  }

  /** The first that comes while nobody looks begins what is new. */
  #noteAbsence() {
    const readId = readUpTo(this.#key);
    const isOld = this.#dividerAfter < readId || this.#dividerAfter === Infinity;
    if (isOld && !this.isSeen && unreadIn(this.#key).count) this.#dividerAfter = readId;
  }

  /** The window has come to the front. */
  noteSeen() { if (this.#window.isFollowing && !this.#history.isStale) this.#noteRead(); }
}

function draw(element, className, content) {
  element.className = className;
  element.replaceChildren(...[content].flat());
}

// Names and threads are part of what is drawn.
export function keepTimelinesTrue(timelines) {
  const each = (action) => () => { for (const timeline of timelines()) action(timeline); };
  watch("chats outbox", each((timeline) => timeline.draw()));
  watch("names threads", each((timeline) => timeline.redrawAll()));
  watch("reactors unfolded", (id) => { for (const timeline of timelines()) timeline.redraw(id); });
}
