// The live stream: a WebSocket that comes back by itself and misses nothing.
//
//     connecting ──hello──▶ live ──cut──▶ waiting ──delay──▶ connecting …
//                                   └─(4000, 4001)─▶ ended
//
// Each stored event has an eventId. Whoever comes back says the last one seen (`after`), and gets
// what came meanwhile before anything new; if that is not kept any more, `resync_required`.

const HELLO_TIMEOUT_MS = 10_000;
const SILENCE_MS = 25_000;
const PROOF_TIMEOUT_MS = 6_000;
const DELAY_FIRST_MS = 500;
const DELAY_LAST_MS = 30_000;
/** A connection that lasted this long was no accident: the next delay is a short one. */
const STABLE_MS = 10_000;

const REPLACED = 4000;
const TOKEN_VOID = 4001;
/** The server went in good order, or let a slow reader go: it is there, or will be at once. */
const COMES_BACK = [1001, 1012, 4002];

export class Stream {
  /** The eventId of the newest event seen; null asks for none of the past. */
  after = null;
  state = "ended";
  /** While waiting: when the next attempt is made, by Date.now(). */
  retryAt = 0;

  #socket = null;
  #attempts = 0;
  #liveSince = 0;
  #timer = null;
  #watch = null;
  /** The server was asked to show that it is there, and has not yet. */
  #isAsked = false;
  #handlers;
  #address;

  /**
   * @param address a function that returns the WebSocket's address without `after`
   * @param handlers onHello(message, isResumed), onMessage(message), onState(),
   *   onEnded(reason: "replaced" | "refused"), onSuspicion(): the server refused before any
   *   hello, perhaps because of the token
   */
  constructor(address, handlers) {
    this.#address = address;
    this.#handlers = handlers;
    addEventListener("online", () => this.retryNow());
    addEventListener("offline", () => { if (this.state !== "ended") this.#lost(); });
    addEventListener("pageshow", () => this.#wake());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.#wake(); });
  }

  start() {
    if (this.state === "ended") this.#connect();
  }

  stop() {
    this.#letGo();
    this.#become("ended");
  }

  /** Connects at once instead of waiting on. */
  retryNow() {
    if (this.state === "waiting") this.#connect();
    else this.#wake();
  }

  /** Sends a message; false if there is nobody to send it to. */
  send(message) {
    if (this.state !== "live") return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #connect() {
    this.#letGo();
    const since = this.after;
    const socket = new WebSocket(this.#address() + (since === null ? "" : `&after=${since}`));
    this.#socket = socket;
    this.#become("connecting");
    this.#timer = setTimeout(() => this.#lost(), HELLO_TIMEOUT_MS);
    socket.onmessage = (event) => this.#receive(JSON.parse(event.data), since !== null);
    socket.onclose = (event) => this.#closed(event.code);
  }

  #receive(message, isResumed) {
    this.#expectMore();
    if (message.type === "hello") {
      this.#liveSince = Date.now();
      this.after ??= message.eventId;
      this.#become("live");
      this.#handlers.onHello(message, isResumed);
      return;
    }
    // The answer to `prove`: that it came is all it says.
    if (message.type === "error" && message.code === "unknown_type") return;
    this.#handlers.onMessage(message);
    if (message.eventId !== undefined) this.after = message.eventId;
  }

  #closed(code) {
    const wasLive = this.state === "live";
    if (code === REPLACED) return this.#end("replaced");
    if (code === TOKEN_VOID) return this.#end("refused");
    if (!wasLive) this.#handlers.onSuspicion();
    this.#lost(COMES_BACK.includes(code));
  }

  #end(reason) {
    this.stop();
    this.#handlers.onEnded(reason);
  }

  /** Waits longer after each failure, and never as long as the others do: after a restart of the
   * server not all its clients come at the same moment. */
  #lost(comesBack = false) {
    const lasted = this.state === "live" && Date.now() - this.#liveSince > STABLE_MS;
    this.#letGo();
    if (lasted || comesBack) this.#attempts = 0;
    const longest = Math.min(DELAY_FIRST_MS * 2 ** this.#attempts, DELAY_LAST_MS);
    const delay = longest * (0.5 + Math.random() / 2);
    this.#attempts += 1;
    this.retryAt = Date.now() + delay;
    this.#timer = setTimeout(() => this.#connect(), delay);
    this.#become("waiting");
  }

  /** After sleep or in another network a dead connection looks alive until something is asked. */
  #wake() {
    if (this.state === "waiting") this.#connect();
    else this.prove();
  }

  #expectMore() {
    this.#isAsked = false;
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.prove(), SILENCE_MS);
  }

  /** Has the server show that it is there. Scripts cannot send WebSocket pings; a message of
   * unknown type is answered with an error, which proves as much. */
  prove() {
    if (this.state !== "live" || this.#isAsked) return;
    this.#isAsked = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lost(), PROOF_TIMEOUT_MS);
    this.send({ type: "are_you_there" });
  }

  /** Of this socket nothing is heard any more, not even its end. */
  #letGo() {
    this.#isAsked = false;
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    if (!this.#socket) return;
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = null;
  }

  #become(state) {
    this.state = state;
    this.#handlers.onState();
  }
}
