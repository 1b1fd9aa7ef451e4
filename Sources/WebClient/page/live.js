// The live connection: what the stream brings goes into the store, what was written goes out, and
// a line at the top says when neither does.

import { APIError, get } from "./api.js";
import { sentence } from "./dialogs.js";
import { button, byId } from "./dom.js";
import { deliver, settle, whenOverdue } from "./outbox.js";
import { loadUnread } from "./reading.js";
import { session } from "./session.js";
import { apply, loadAll, loadPresence, store } from "./store.js";
import { Stream } from "./stream.js";

let stream = null;
let tell = {};
/** Events that came while everything is read afresh; null otherwise. */
let heldBack = null;
let loads = 0;
let wasUnreachable = false;
/** Another connection of this member took the place of this one. */
let isReplaced = false;
/** Why everything could not be read, while it is tried again. */
let failure = null;

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
        onState: () => {
          isReplaced &&= stream.state === "ended";
          drawBanner();
          tell.onState();
        },
        onEnded: (reason) => {
          if (reason === "refused") return tell.onRefused();
          isReplaced = true;
          return drawBanner();
        },
        onSuspicion: () => { get("/self").catch(() => {}); },
      });
    // What is not acknowledged may tell of a connection that has died.
    whenOverdue(() => stream.prove());
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
    await loadAll(() => mine === loads);
    if (mine !== loads) return;
    await loadUnread();
    if (mine !== loads) return;
    const messages = heldBack;
    heldBack = null;
    messages.forEach(take);
    failure = null;
    drawBanner();
    deliver();
    tell.onLoaded();
  } catch (error) {
    if (mine !== loads || error.status === 401) return;
    if (!(error instanceof APIError)) reportError(error);
    // Half of it is worse than nothing: the next connection begins anew.
    stream.after = null;
    failure = error;
    drawBanner();
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

function drawBanner() {
  const banner = byId("banner");
  const isWell = stream.state === "live" && !failure;
  banner.hidden = isWell || stream.state === "ended" && !isReplaced;
  if (failure && stream.state === "live") {
    const text = `What is new cannot be read, and is tried again. ${sentence(failure)}`;
    banner.replaceChildren(text);
  } else if (isReplaced) {
    banner.replaceChildren("This login is open in too many places. ", retryButton("Connect here"));
  } else if (!store.self) {
    wasUnreachable ||= stream.state === "waiting";
    const text = "The server cannot be reached. Concord opens as soon as it answers. ";
    banner.replaceChildren(...wasUnreachable ? [text, retryButton("Try now")] : ["Connecting…"]);
  } else {
    const text = "No connection to the server. What you write is kept and sent later. ";
    banner.replaceChildren(text, retryButton("Try now"));
  }
}

const retryButton = (text) => button(text, () => {
  stream.start();
  stream.retryNow();
}, "link");
