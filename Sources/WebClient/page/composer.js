// Where one writes: Enter sends, Shift+Enter begins a line. What is half written stays.

import { h, icon } from "./dom.js";
import { keyOf } from "./place.js";
import { store } from "./store.js";

/** Others are told at most this often that somebody types. */
const TYPING_EVERY_MS = 3_000;
const HEIGHT_MAX = 200;

/** What is half written: per tab, and through a reload too. */
const drafts = {
  key: (key) => `concord.draft.${store.selfId}.${key}`,
  get: (key) => attempted(() => sessionStorage.getItem(drafts.key(key))) ?? "",
  set: (key, text) => attempted(() => sessionStorage.setItem(drafts.key(key), text)),
  remove: (key) => attempted(() => sessionStorage.removeItem(drafts.key(key))),
};

/** Where browsers forbid storage there are no drafts. */
function attempted(action) {
  try {
    return action();
  } catch {
    return null;
  }
}

/** With fingers on glass there is no Shift+Enter: Enter begins a line there, the button sends. */
const isTouched = matchMedia("(hover: none) and (pointer: coarse)");

/**
 * @param send(text) @param notifyTyping() @param editLast() edits one's newest chat
 * @returns { element, input, restore(text) } where `restore` has a text written anew
 */
export function composer({ channelId, threadId, label, send, notifyTyping, editLast }) {
  const key = keyOf(channelId, threadId);
  const input = h("textarea", {
    rows: 1, placeholder: label, "aria-label": label,
    enterkeyhint: isTouched.matches ? "enter" : "send",
  });
  input.value = drafts.get(key);
  let typedAt = 0;

  const fit = () => {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, HEIGHT_MAX)}px`;
  };
  const submit = () => {
    const text = input.value.trim();
    if (!text) return;
    input.value = "";
    drafts.remove(key);
    typedAt = 0;
    fit();
    send(text);
  };

  input.addEventListener("input", () => {
    drafts.set(key, input.value);
    fit();
    if (input.value.trim() && Date.now() - typedAt > TYPING_EVERY_MS) {
      typedAt = Date.now();
      notifyTyping();
    }
  });
  input.addEventListener("keydown", (event) => {
    // While an input method composes a character, Enter belongs to it.
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey && !isTouched.matches) {
      event.preventDefault();
      submit();
    } else if (event.key === "ArrowUp" && !input.value) {
      event.preventDefault();
      editLast();
    }
  });
  requestAnimationFrame(fit);
  const element = h(
    "form", { class: "composer" },
    input, h("button", { class: "send", "aria-label": "Send", title: "Send" }, icon("send")));
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
    input.focus();
  });
  const restore = (text) => {
    input.value = [text, input.value].filter(Boolean).join("\n");
    drafts.set(key, input.value);
    fit();
    input.focus();
  };
  return { element, input, restore };
}

export const forgetDrafts = () => attempted(() => {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith("concord.draft.")) sessionStorage.removeItem(key);
  }
});
