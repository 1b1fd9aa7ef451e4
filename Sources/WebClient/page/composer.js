// Where one writes: Enter sends, Shift+Enter begins a line. What is half written stays.

import { h, icon, touched } from "./dom.js";
import { characterCount, limits } from "./limits.js";
import { keyOf } from "./place.js";
import { savedInTab } from "./session.js";
import { store } from "./store.js";

/** Others are told at most this often that somebody types. */
const TYPING_EVERY_MS = 3_000;
const HEIGHT_MAX = 200;
/** How many are left is told from here on. */
const FEW_LEFT = 200;

/** What is half written: per tab, and through a reload too. */
const draftKey = (key) => `concord.draft.${store.selfId}.${key}`;

/**
 * @param send(text) @param notifyTyping() @param editLast() edits one's newest chat
 * @returns { element, input, restore(text), allow(mayWrite) } where `restore` has a text written
 *   anew, and `allow` says whether one may write here
 */
export function composer({ channelId, threadId, label, send, notifyTyping, editLast }) {
  const key = draftKey(keyOf(channelId, threadId));
  const input = h("textarea", {
    rows: 1, placeholder: label, "aria-label": label,
    // With fingers on glass there is no Shift+Enter: Enter begins a line there, the button sends.
    enterkeyhint: touched.matches ? "enter" : "send",
  });
  input.value = savedInTab.get(key) ?? "";
  let typedAt = 0;

  const fit = () => {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, HEIGHT_MAX)}px`;
  };
  const left = h("p", { class: "left", role: "status" });
  const count = () => {
    const text = input.value.trim();
    // No text has more characters than UTF-16 units, so a short one need not be counted.
    const isShort = text.length < limits.contentCharacters - FEW_LEFT;
    const rest = isShort ? Infinity : limits.contentCharacters - characterCount(text);
    left.textContent = rest > FEW_LEFT ? "" : rest < 0 ? `${-rest} too many` : `${rest} left`;
    left.classList.toggle("problem", rest < 0);
    return { text, isTooLong: rest < 0 };
  };
  const submit = () => {
    const { text, isTooLong } = count();
    if (!text || isTooLong) return;
    input.value = "";
    left.textContent = "";
    savedInTab.remove(key);
    typedAt = 0;
    fit();
    send(text);
  };

  input.addEventListener("input", () => {
    savedInTab.set(key, input.value);
    fit();
    count();
    if (input.value.trim() && Date.now() - typedAt > TYPING_EVERY_MS) {
      typedAt = Date.now();
      notifyTyping();
    }
  });
  input.addEventListener("keydown", (event) => {
    // While an input method composes a character, Enter belongs to it.
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey && !touched.matches) {
      event.preventDefault();
      submit();
    } else if (event.key === "ArrowUp" && !input.value) {
      event.preventDefault();
      editLast();
    }
  });
  requestAnimationFrame(() => { fit(); count(); });
  const writing = h(
    "form", { class: "composer" },
    input, left, h("button", { class: "send", "aria-label": "Send", title: "Send" }, icon("send")));
  const refusal = h("p", { class: "refusal", role: "status" });
  writing.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
    input.focus();
  });
  const restore = (text) => {
    input.value = [text, input.value].filter(Boolean).join("\n");
    savedInTab.set(key, input.value);
    fit();
    count();
    input.focus();
  };
  const allow = (mayWrite) => {
    writing.hidden = !mayWrite;
    refusal.textContent = mayWrite ? "" : "You may read here, but not write.";
  };
  return { element: h("div", {}, writing, refusal), input, restore, allow };
}

export function forgetDrafts() {
  for (const key of savedInTab.keys("concord.draft.")) savedInTab.remove(key);
}
