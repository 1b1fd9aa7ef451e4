// Drawing anew without taking away: an element is brought to what a fresh one is, and whatever is
// the same in both stays. So what others do takes nobody's focus, selection, scrolling or click.

import { present } from "./dom.js";

/**
 * Brings the children of an element to these. Those with a `data-key` are known by it, others by
 * their order. One that is there already, itself, stays as it is.
 */
export function patchChildren(parent, ...children) {
  const fresh = present(children).map((child) =>
    (child instanceof Node ? child : document.createTextNode(child)));
  const wanted = new Set(fresh.map(keyOf).filter(Boolean));
  const known = new Map();
  for (const child of [...parent.children]) {
    const key = keyOf(child);
    if (!key) continue;
    if (wanted.has(key)) known.set(key, child);
    else child.remove();
  }
  let next = parent.firstChild;
  for (const node of fresh) {
    const old = known.get(keyOf(node)) ?? next;
    if (!old || !isAlike(old, node)) {
      parent.insertBefore(node, next);
      continue;
    }
    if (old === next) next = next.nextSibling;
    else parent.insertBefore(old, next);
    patch(old, node);
  }
  while (next) {
    const surplus = next;
    next = next.nextSibling;
    surplus.remove();
  }
}

const keyOf = (node) => node.dataset?.key;

const isAlike = (old, node) =>
  old === node || old.nodeName === node.nodeName && keyOf(old) === keyOf(node);

/** Listeners that patched elements may have. */
const LISTENERS = ["onclick"];

function patch(old, fresh) {
  if (old === fresh) return;
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    // The page's policy allows styles by the object model only.
    if (name !== "style" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (old.style.cssText !== fresh.style.cssText) old.style.cssText = fresh.style.cssText;
  for (const name of LISTENERS) old[name] = fresh[name];
  patchChildren(old, ...fresh.childNodes);
}
