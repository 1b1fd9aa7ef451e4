// Elements, icons and frames: the few lines that a framework would have been for.

/**
 * Makes an element: h("button", { class: "quiet", onclick: save }, "Save").
 * Attributes that begin with `on` are listeners, true and false are for attributes without a
 * value, null and undefined are left out. Children are text or nodes: a string is always text,
 * never markup, so nothing that somebody typed can become an element here.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...present(children));
  return element;
}

/** Below this width one thing is on the screen at a time. */
export const narrow = matchMedia("(max-width: 760px)");

/** Used with fingers on glass. */
export const touched = matchMedia("(hover: none) and (pointer: coarse)");

/** Children as a list of nodes and texts, without those that are null. */
export const present = (children) =>
  children.flat().filter((child) => child !== null && child !== undefined);

/** What somebody chose to be called, among other words: its direction is its own. */
export const isolated = (name) => h("bdi", {}, name);

/** Finds an element that index.html is known to have. */
export const byId = (id) => document.getElementById(id);

/** Paths of 24 × 24 icons, drawn as strokes. */
const ICONS = {
  add: "M12 5v14M5 12h14",
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  down: "M12 5v14M6 13l6 6 6-6",
  edit: "M4 20l1-5L16 4l4 4L9 19zM14 6l4 4",
  hash: "M9 4L7 20M17 4l-2 16M4 9h17M3 15h17",
  more: "M5 11a1 1 0 100 2 1 1 0 000-2zM12 11a1 1 0 100 2 1 1 0 000-2z"
    + "M19 11a1 1 0 100 2 1 1 0 000-2z",
  people: "M9 11a4 4 0 100-8 4 4 0 000 8zM2 21v-2a5 5 0 015-5h4a5 5 0 015 5v2"
    + "M17 3.5a4 4 0 010 7M18 14a5 5 0 014 5v2",
  search: "M11 18a7 7 0 100-14 7 7 0 000 14zM20 20l-4-4",
  send: "M4 12l16-8-6 16-3-6z",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M16 9.5a2.5 2.5 0 100-5 2.5 2.5 0 000 5z"
    + "M8 19.5a2.5 2.5 0 100-5 2.5 2.5 0 000 5z",
  smile: "M12 21a9 9 0 100-18 9 9 0 000 18zM8.5 14.5a4.5 4.5 0 007 0M9 9.5h.01M15 9.5h.01",
  thread: "M4 5h16v11H10l-4 4v-4H4zM8 9h8M8 12h5",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
};

/** An icon. It says nothing to a screen reader: its button is named by words. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A button with words on it. */
export function button(text, onclick, className = "quiet") {
  return h("button", { type: "button", class: className, onclick }, text);
}

/** A button that shows an icon and is named by `label`. */
export function iconButton(name, label, onclick, attributes = {}) {
  const named = { "aria-label": label, title: label };
  return h(
    "button", { type: "button", class: "icon-button", ...named, onclick, ...attributes },
    icon(name));
}

/**
 * Returns a function that has `draw` called once, in the next frame, however often it is called
 * until then: a hundred messages in a second cost as many drawings as there are frames. A
 * hidden page has no frames; there a timer takes their place.
 */
export function oncePerFrame(draw) {
  let isDue = false;
  const run = () => {
    if (!isDue) return;
    isDue = false;
    draw();
  };
  return () => {
    if (isDue) return;
    isDue = true;
    if (document.hidden) setTimeout(run, 250);
    else requestAnimationFrame(run);
    // A page that is hidden in this moment gets no frame any more.
    setTimeout(run, 1000);
  };
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
export const timeOf = (ms) => TIME.format(ms);
export const dayOf = (ms) => DAY.format(ms);

/** A <time> that shows the time of the day, or with `withDay` the day too. */
export function timeElement(ms, withDay = false) {
  return h(
    "time", { datetime: new Date(ms).toISOString(), title: FULL.format(ms) },
    withDay ? FULL.format(ms) : timeOf(ms));
}
