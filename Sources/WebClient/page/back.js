// The browser's Back closes what lies on top, as people expect of it on a phone: each dialog is an
// entry of the browser's history, at the same address as the one below it.
//
// Going back takes the browser a moment, and what is added meanwhile would be lost with what is
// left. So whatever changes the history waits for its turn (`inTurn`).

/** A step back is done long before. */
const STEP_MS = 2_000;

/** What is open, the uppermost last: { id, close }. */
const layers = [];
/** Of entries that an earlier page left behind none has an id of this one's. */
let lastId = Date.now();
/** A step back that the page itself takes: resolves when it is done. */
let stepping = null;

/** Runs an action that changes the history, at once unless a step back is under way. */
export function inTurn(action) {
  if (stepping) stepping.then(() => inTurn(action));
  else action();
}

/**
 * Makes Back call `close`.
 * @returns a function to be called when it is closed, by Back or otherwise
 */
export function closeOnBack(close) {
  lastId += 1;
  const layer = { id: lastId, close };
  let isOpen = true;
  inTurn(() => {
    if (!isOpen) return;
    layers.push(layer);
    history.pushState({ ...history.state, layer: layer.id }, "");
  });
  return () => {
    isOpen = false;
    inTurn(() => {
      if (layers.includes(layer)) layers.splice(layers.indexOf(layer), 1);
      if (history.state?.layer === layer.id) stepBack();
    });
  };
}

function stepBack() {
  stepping = new Promise((done) => {
    addEventListener("popstate", done, { once: true });
    // A browser that does not do it must not stop everything else.
    setTimeout(done, STEP_MS);
  }).then(() => { stepping = null; });
  history.back();
}

addEventListener("popstate", () => {
  if (stepping) return;
  while (layers.length && layers.at(-1).id !== history.state?.layer) layers.pop().close();
});
