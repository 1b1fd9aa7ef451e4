// The service worker: keeps the page's files, so that the app opens without the server and can say
// so. It asks the server first, always: what is kept is only for when no answer comes. It keeps
// nothing of the chat.

const KEPT = "concord-shell";
const PATIENCE_MS = 4_000;
const FILES = [
  "/", "/app.js", "/app.webmanifest", "/icon-192.png", "/icon-unread.svg", "/icon.svg",
  "/style.css",
];

addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(FILES)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  const isOurs = origin === location.origin && FILES.includes(pathname);
  if (isOurs && event.request.method === "GET") event.respondWith(answer(event.request, pathname));
});

async function answer(request, pathname) {
  const cache = await caches.open(KEPT);
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (response.ok) await cache.put(pathname, response.clone());
    return response;
  } catch {
    return await cache.match(pathname) ?? Response.error();
  }
}

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(lead(event.notification.data ?? "#"));
});

/** Leads to a place: in the page that was used last, if one is open. */
async function lead(hash) {
  const windows = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = windows.find(({ url }) => new URL(url).pathname === "/");
  if (!page) return clients.openWindow(`/${hash}`);
  page.postMessage(hash);
  return page.focus();
}
