// Dialogs, forms and short notices.

import { closeOnBack } from "./back.js";
import { button, byId, h, iconButton } from "./dom.js";

/**
 * Opens a modal dialog; Escape, the cross, a click beside it and the browser's Back close it.
 * @param build given a function that closes it, returns the content
 * @returns a promise of what it was closed with
 */
export function openDialog(title, build, className = "") {
  return new Promise((resolve) => {
    let result;
    const headingId = newId();
    const close = (value) => {
      result = value;
      dialog.close();
    };
    const heading = h("h2", { id: headingId }, title);
    const dialog = h(
      "dialog", { class: className, "aria-labelledby": headingId },
      h("header", {}, heading, iconButton("close", "Close", () => dialog.close())),
      build(close));
    const leave = closeOnBack(() => dialog.close());
    dialog.addEventListener("close", () => {
      leave();
      if (dialog.contains(byId("toasts"))) document.body.append(byId("toasts"));
      dialog.remove();
      resolve(result);
    });
    // Only a click that also began beside the dialog: not the end of selecting some text. Nor
    // does a slip of the finger cost what was typed.
    let began = null;
    let isTouched = false;
    dialog.addEventListener("pointerdown", (event) => { began = event.target; });
    dialog.addEventListener("input", () => { isTouched = true; });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog && began === dialog && !isTouched) dialog.close();
    });
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector(FIRST)?.focus();
  });
}

/** What has the focus first: what is there to be done, not the cross. */
const FIRST = `header ~ * :is(input:not([hidden]), select, textarea:not([readonly]), button,
  [role=tab]):not([tabindex="-1"])`;

let ids = 0;

/** An id that no other element has: dialogs lie on top of each other. */
function newId() {
  ids += 1;
  return `id${ids}`;
}

/** A label with its input, select or textarea, and a hint below. */
export function field(label, input, hint = null) {
  const id = newId();
  input.id = id;
  if (hint) input.setAttribute("aria-describedby", `${id}-hint`);
  return h(
    "div", { class: "field" }, h("label", { for: id }, label), input,
    hint ? h("p", { class: "hint", id: `${id}-hint` }, hint) : null);
}

/**
 * A form that says why it did not work, and can not be sent twice at once.
 * @param submit is called with the event; what it throws is shown
 */
export function form(submit, buttonLabel, ...content) {
  const problem = h("p", { class: "problem", role: "alert" });
  const submitter = h("button", { type: "submit", class: "primary" }, buttonLabel);
  return h(
    "form", {
      async onsubmit(event) {
        event.preventDefault();
        if (submitter.disabled) return;
        submitter.disabled = true;
        problem.textContent = "";
        try {
          await submit(event);
        } catch (error) {
          problem.textContent = sentence(error);
        } finally {
          submitter.disabled = false;
        }
      },
    },
    ...content, problem, h("div", { class: "buttons" }, submitter));
}

/** Asks before something that cannot be taken back. */
export function confirmed(title, text, action) {
  return openDialog(title, (close) => h(
    "div", {}, h("p", {}, text),
    h(
      "div", { class: "buttons" },
      button("Cancel", () => close(false)), button(action, () => close(true), "danger"))), "small");
}

/** A notice that goes by itself. */
export function toast(text) {
  const element = h("p", {}, text);
  const toasts = byId("toasts");
  // What is not in the uppermost dialog lies under it, and no screen reader tells of it.
  const host = [...document.querySelectorAll("dialog")].at(-1) ?? document.body;
  if (toasts.parentElement !== host) host.append(toasts);
  toasts.append(element);
  setTimeout(() => element.remove(), 6_000);
}

/** The clipboard is for secure origins only; selecting and the old command work everywhere. */
export async function copy(input) {
  input.select();
  const isDone = await navigator.clipboard?.writeText(input.value).then(() => true, () => false)
    ?? document.execCommand("copy");
  toast(isDone ? "It is copied." : "Copy what is selected by hand.");
}

/** Runs an action of a button; if it fails, says why. */
export async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    if (error.status !== 401) toast(sentence(error));
    return undefined;
  }
}

export function sentence(error) {
  const wait = error.retryAfterMs ? `. Try again in ${Math.ceil(error.retryAfterMs / 1000)} s` : "";
  return `${error.message}${wait}`.replace(/\.?$/, ".");
}
