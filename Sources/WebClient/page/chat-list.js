// The list that a timeline fills: which elements it has, in which order, and how the keyboard moves
// among them. What stays is not touched, so it keeps focus and selection.

import { h } from "./dom.js";

export class ChatList {
  element = h("ol", { class: "chats" });

  /** Key → element: a chat's id, a waiting message's nonce, or a word for a line in between. */
  #elements = new Map();

  constructor() {
    this.element.addEventListener("focusin", (event) =>
      this.#makeEntrance(event.target.closest("li")));
    this.element.addEventListener("keydown", (event) => this.#moveFocus(event));
  }

  get(key) { return this.#elements.get(key); }

  get all() { return [...this.#elements.values()]; }

  /** Brings the list to these items: [key, draw(element)]. */
  place(items) {
    const active = document.activeElement;
    const chat = this.element.contains(active) ? active.closest("li") : null;
    this.#removeAllBut(new Set(items.map(([key]) => key)));
    let next = this.element.firstChild;
    for (const [key, drawInto] of items) {
      let element = this.#elements.get(key);
      if (!element) {
        element = h("li");
        this.#elements.set(key, element);
      }
      drawInto(element);
      if (element === next) next = next.nextSibling;
      else this.element.insertBefore(element, next);
    }
    const chats = [...this.element.querySelectorAll("li[tabindex]")];
    // Who was at something that has gone stays near it.
    if (chat && !active.isConnected) {
      (chats.find((other) => !isBefore(other, chat)) ?? chats.at(-1))?.focus();
    }
    const entrance = this.element.querySelector("li[tabindex='0']");
    if (!entrance || !this.element.contains(document.activeElement)) {
      this.#makeEntrance(chats.at(-1));
    } else {
      openStops(entrance, 0);
    }
  }

  #removeAllBut(wanted) {
    for (const [key, element] of this.#elements) {
      if (wanted.has(key)) continue;
      element.remove();
      this.#elements.delete(key);
    }
  }

  // MARK: Keyboard

  /** The one chat that Tab leads to, and to what is in it; from there the arrow keys go on. */
  #makeEntrance(element) {
    if (!element?.hasAttribute("tabindex")) return;
    for (const other of this.element.querySelectorAll("li[tabindex='0']")) {
      if (other === element) continue;
      other.tabIndex = -1;
      openStops(other, -1);
    }
    element.tabIndex = 0;
    openStops(element, 0);
  }

  #moveFocus(event) {
    if (!event.target.matches("li.chat")) return;
    const step = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" }[event.key];
    if (!step) return;
    event.preventDefault();
    let next = event.target[step];
    while (next && !next.hasAttribute("tabindex")) next = next[step];
    next?.focus();
  }
}

/** Author, reactions and thread of a chat. */
function openStops(chat, tabIndex) {
  for (const stop of chat.querySelectorAll(".said button")) stop.tabIndex = tabIndex;
}

/** What waits to be sent has no id: all chats are before it. */
const isBefore = (chat, other) => Number(chat.dataset.id) < Number(other.dataset.id ?? Infinity);
