// Who is logged in at this browser.
//
// The token lies in localStorage of this origin: it must outlive the tab ("stay logged in") and be
// the same in every tab. A cookie would do that too, but it would be sent with every request, also
// those that other sites cause; a token that only this script adds cannot be used that way. What
// could steal it is script in this page: the Content-Security-Policy allows none but the server's
// own files, and nothing that anybody types becomes markup.

const KEY = "concord.session";
/** Whose a key is: what belongs to one member has that member's id in it. */
function ownerOf(key) {
  const id = /^concord\.(?:outbox|read)\.(\d+)/.exec(key)?.[1];
  return id ? Number(id) : null;
}

const RENEW_AFTER_MS = 24 * 3600 * 1000;

/** A storage of the browser's; where that forbids it, one that lasts as long as the page. */
function usable(find) {
  try {
    const storage = find();
    storage.getItem("");
    return storage;
  } catch {
    const values = new Map();
    return {
      getItem: (key) => values.get(key) ?? null,
      setItem: (key, value) => values.set(key, value),
      removeItem: (key) => values.delete(key),
      key: (index) => [...values.keys()][index] ?? null,
      get length() { return values.size; },
    };
  }
}

/** JSON values under keys of this origin. */
class Shelf {
  #storage;
  /** What found no room there, as JSON: it lasts as long as the page. */
  #overflow = new Map();

  constructor(storage) { this.#storage = storage; }

  get(key) {
    try {
      return JSON.parse(this.#overflow.get(key) ?? this.#storage.getItem(key));
    } catch {
      return null;
    }
  }

  set(key, value) {
    const text = JSON.stringify(value);
    try {
      this.#storage.setItem(key, text);
      this.#overflow.delete(key);
    } catch {
      this.#overflow.set(key, text);
    }
  }

  remove(key) {
    this.#overflow.delete(key);
    this.#storage.removeItem(key);
  }

  keys(prefix) {
    const { length } = this.#storage;
    const stored = Array.from({ length }, (_, index) => this.#storage.key(index));
    return [...new Set([...stored, ...this.#overflow.keys()])]
      .filter((key) => key?.startsWith(prefix));
  }

  /** Whether something under such a key would go with the page. */
  isFleeting(prefix) { return [...this.#overflow.keys()].some((key) => key.startsWith(prefix)); }
}

/** What outlives the page; other tabs hear of each change by a `storage` event. */
export const saved = new Shelf(usable(() => localStorage));
/** What belongs to this tab, and outlives a reload of it. */
export const savedInTab = new Shelf(usable(() => sessionStorage));

export const session = {
  get token() { return saved.get(KEY)?.token ?? null; },

  begin(token) {
    saved.set(KEY, { token, since: Date.now() });
    known = memberOf(token);
  },

  get memberId() { return memberOf(this.token); },

  /** Forgets the token. What was kept for its member (unsent messages, marks of what was read)
   * stays for the next login if this one ended unasked. */
  end({ wasAsked }) {
    for (const key of saved.keys("concord.")) {
      const owner = ownerOf(key);
      if (owner === null || wasAsked && owner === known) saved.remove(key);
    }
    known = null;
  },

  /** A login lasts from its last use: once a day a fresh token takes the place of the old. */
  get isDueForRenewal() {
    const since = saved.get(KEY)?.since ?? 0;
    return Math.abs(Date.now() - since) > RENEW_AFTER_MS;
  },
};

/** Calls back when another tab logs in or out. Not when it renews the login; nor when an event
 * comes late, and tells a new page what the one before it did. */
export function whenSessionChangesElsewhere(callback) {
  addEventListener("storage", (event) => {
    const concerns = event.key === KEY || event.key === null;
    if (concerns && memberOf(session.token) !== known) callback();
  });
}

/** The member's id, which is a claim of the token (RFC 7519 §3); null if there is none. */
function memberOf(token) {
  try {
    return JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).id;
  } catch {
    return null;
  }
}

/** Whom this page takes to be logged in. */
let known = memberOf(session.token);
