// Where one writes: Enter sends, Shift+Enter begins a line.

import { h, icon } from "./dom.js";
import { keyOf } from "./place.js";

/** Others are told at most this often that somebody types. */
const TYPING_EVERY_MS = 3_000;
const HEIGHT_MAX = 200;

const drafts = new Map();

/**
 * @param send(text) @param notifyTyping() @param editLast() edits one's newest chat
 * @returns { element, input }
 */
export function composer({ channelId, threadId, label, send, notifyTyping, editLast }) {
  const key = keyOf(channelId, threadId);
  const input = h("textarea", {
    rows: 1, placeholder: label, "aria-label": label, enterkeyhint: "send", maxlength: 10_000,
  });
  input.value = drafts.get(key) ?? "";
  let typedAt = 0;

  const fit = () => {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, HEIGHT_MAX)}px`;
  };
  const submit = () => {
    const text = input.value.trim();
    if (!text) return;
    input.value = "";
    drafts.delete(key);
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
    if (event.key === "Enter" && !event.shiftKey) {
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
  return { element, input };
}

export const forgetDrafts = () => drafts.clear();
