// Avatars and the server's icon. They need the token, so they are fetched and shown as blobs;
// an image never changes under its id, so each is fetched once.

import { imageBlob } from "./api.js";
import { h } from "./dom.js";
import { nameOf, store } from "./store.js";

const addresses = new Map();

/** The blob's address, or null if there is no such image. */
function addressOf(imageId) {
  if (!addresses.has(imageId)) {
    const address = imageBlob(imageId).then((blob) => URL.createObjectURL(blob));
    addresses.set(imageId, address.catch(() => {
      // It is asked for again when it is next shown.
      addresses.delete(imageId);
      return null;
    }));
  }
  return addresses.get(imageId);
}

/** A square that shows an image, and until it is there, or without one, the first letter of a
 * name on a colour of its own. */
export function picture(imageId, name, hue, className) {
  const attributes = { class: `picture ${className}`, "aria-hidden": "true" };
  const element = h("span", attributes, initialOf(name));
  element.style.setProperty("--hue", hue);
  if (imageId) {
    addressOf(imageId).then((src) => {
      if (src) element.replaceChildren(h("img", { src, alt: "" }));
    });
  }
  return element;
}

export function avatar(userId, className = "avatar") {
  const user = store.users.get(userId);
  return picture(user?.profile.avatarId, nameOf(userId), (userId * 47) % 360, className);
}

/** Lets go of all, when somebody logs out. */
export async function forgetImages() {
  const known = [...addresses.values()];
  addresses.clear();
  for (const address of known) URL.revokeObjectURL(await address);
}

const initialOf = (name) => [...name.trim()][0]?.toUpperCase() ?? "?";
