// Avatars and the server's icon. They need the token, so they are fetched and shown as blobs;
// an image never changes under its id, so each is fetched once.

import { APIError, imageBlob } from "./api.js";
import { h } from "./dom.js";
import { shownPicture } from "./picture-file.js";
import { nameOf, store } from "./store.js";

/** Image id → its blob's address, null while that is fetched. */
const addresses = new Map();

async function fetchImage(id) {
  addresses.set(id, null);
  try {
    const src = URL.createObjectURL(await shownPicture(await imageBlob(id)));
    if (!addresses.has(id)) return URL.revokeObjectURL(src);
    addresses.set(id, src);
    for (const element of document.querySelectorAll(`[data-image="${id}"]`)) {
      element.replaceChildren(h("img", { src, alt: "" }));
    }
  } catch (error) {
    // It is asked for again when it is next shown; not one that cannot be.
    if (error instanceof APIError) addresses.delete(id);
  }
}

/** A square that shows an image, and until it is there, or without one, the first letter of a
 * name on a colour of its own. */
export function picture(imageId, name, hue, className) {
  if (imageId && !addresses.has(imageId)) fetchImage(imageId);
  const src = addresses.get(imageId);
  const element = h(
    "span", { class: `picture ${className}`, "aria-hidden": "true", "data-image": imageId },
    src ? h("img", { src, alt: "" }) : initialOf(name));
  element.style.setProperty("--hue", hue);
  return element;
}

export function avatar(userId, className = "avatar") {
  const user = store.users.get(userId);
  return picture(user?.profile.avatarId, nameOf(userId), (userId * 47) % 360, className);
}

/** Lets go of all, when somebody logs out. */
export function forgetImages() {
  for (const src of addresses.values()) if (src) URL.revokeObjectURL(src);
  addresses.clear();
}

/** Of names that begin with something invisible, the first that is to be seen. */
const initialOf = (name) => /[\p{L}\p{N}\p{S}\p{P}]/u.exec(name)?.[0].toUpperCase() ?? "?";
