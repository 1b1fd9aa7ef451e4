// What one learns of the chat without looking at it: the tab's title and icon, notifications on
// mention, and for a screen reader what is being said.

import { byId, h } from "./dom.js";
import { goTo, hashOf, parsePlace } from "./place.js";
import { saved } from "./session.js";
import { nameOf, store } from "./store.js";

const SPOKEN_MAX = 20;
const KEY = "concord.notify";

/** Title and icon tell how much is unread. */
export function showUnread({ count, mentions }, placeName) {
  const number = mentions || count;
  const name = store.server?.name ?? "Concord";
  const mark = number > 99 ? "(99+) " : number ? `(${number}) ` : "";
  document.title = `${mark}${placeName ? `${placeName} · ` : ""}${name}`;
  const href = number ? "icon-unread.svg" : "icon.svg";
  const link = document.querySelector("link[rel=icon]");
  if (link.getAttribute("href") !== href) link.setAttribute("href", href);
  navigator.setAppBadge?.(number).catch(() => {});
}

/** Has a screen reader say a new message of the place that is open. */
export function speak(chat) {
  const live = byId("live");
  live.append(h("p", {}, `${nameOf(chat.authorId)}: ${chat.content.slice(0, 300)}`));
  while (live.children.length > SPOKEN_MAX) live.firstChild.remove();
}

// MARK: Notifications

/** Browsers allow them for trusted origins only: https, or this very machine. */
export const canNotify = () => "Notification" in window && isSecureContext;

export const wantsNotifications = () =>
  canNotify() && Notification.permission === "granted" && Boolean(saved.get(KEY));

/** Turns them on or off; @returns whether they are on. */
export async function setNotifications(isOn) {
  const isAllowed = isOn && canNotify() && await Notification.requestPermission() === "granted";
  saved.set(KEY, isAllowed);
  return isAllowed;
}

/** All tabs do this; the tag makes one notification of theirs. */
export async function notify({ id, channelId, threadId, authorId, content }, placeName) {
  if (!wantsNotifications()) return;
  const title = `${nameOf(authorId)} in ${placeName}`;
  const place = { channelId, threadId, chatId: id };
  const options = {
    body: content.slice(0, 200), tag: `chat${id}`, icon: "icon-192.png", data: hashOf(place),
  };
  try {
    const notification = new Notification(title, options);
    notification.onclick = () => {
      window.focus();
      goTo(place);
      notification.close();
    };
  } catch {
    // On phones only the service worker may show one.
    (await navigator.serviceWorker?.ready)?.showNotification(title, options);
  }
}

// One that the service worker has shown is tapped there; it says where that leads.
navigator.serviceWorker?.addEventListener("message", ({ data }) => goTo(parsePlace(data)));
