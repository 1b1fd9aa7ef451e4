// The live connection: what the stream brings goes into the store, what was written goes out, and
// a line at the top says when neither does.

import { get } from "./api.js";
import { button, byId } from "./dom.js";
import { deliver, settle } from "./outbox.js";
import { loadUnread } from "./reading.js";
import { session } from "./session.js";
import { apply, loadAll, loadPresence, store } from "./store.js";
import { Stream } from "./stream.js";

let stream = null;
let tell = {};
/** Events that came while everything is read afresh; null otherwise. */
let heldBack = null;
let loads = 0;

export const live = {
  get isConnected() { return stream?.state === "live"; },

  /**
   * Begins for whoever is logged in.
   * @param handlers onLoaded(): everything was read afresh; onResumed(): the stream goes on where
   *   it was; onRefused(): the login is void; onState(): isConnected may have changed
   */
  begin(handlers) {
    tell = handlers;
    stream = new Stream(
      () => `${location.origin.replace(/^http/, "ws")}/client?token=${session.token}`,
      {
        onHello: (message, isResumed) => (isResumed ? resumed() : load()),
        onMessage: receive,
        onState: () => { drawBanner(); tell.onState(); },
        onEnded: (reason) => (reason === "refused" ? tell.onRefused() : drawBanner(true)),
        onSuspicion: () => { get("/self").catch(() => {}); },
      });
    stream.start();
  },

  start() { stream.start(); },
  stop() { stream?.stop(); },
  send: (message) => stream.send(message),
};

/** Reads everything; what the stream brings meanwhile is applied after it, in its order. */
async function load() {
  loads += 1;
  const mine = loads;
  heldBack = [];
  try {
    await loadAll();
    await loadUnread();
    if (mine !== loads) return;
    const messages = heldBack;
    heldBack = null;
    messages.forEach(take);
    deliver();
    tell.onLoaded();
  } catch (error) {
    if (mine !== loads || error.status === 401) return;
    // Half of it is worse than nothing: the next connection begins anew.
    stream.after = null;
    setTimeout(() => { if (mine === loads) load(); }, error.retryAfterMs ?? 3_000);
  }
}

/** The stream goes on where it was; only presence, which is not stored, may have changed. */
function resumed() {
  loadPresence().catch(() => {});
  deliver();
  tell.onResumed();
}

function receive(message) {
  if (message.type === "resync_required") {
    stream.after = message.eventId;
    load();
  } else if (heldBack) {
    heldBack.push(message);
  } else {
    take(message);
  }
}

function take(message) {
  if (message.type === "chat_sent") settle(message.chat);
  apply(message);
}

/** @param isReplaced another connection of this member took the place of this one */
function drawBanner(isReplaced = false) {
  const banner = byId("banner");
  banner.hidden = stream.state === "live" || stream.state === "ended" && !isReplaced;
  if (isReplaced) {
    banner.replaceChildren("This login is open in too many places. ", retryButton("Connect here"));
  } else if (stream.state === "connecting" && !store.self) {
    banner.replaceChildren("Connecting…");
  } else {
    const text = "No connection to the server. What you write is kept and sent later. ";
    banner.replaceChildren(text, retryButton("Try now"));
  }
}

const retryButton = (text) => button(text, () => {
  stream.start();
  stream.retryNow();
}, "link");
