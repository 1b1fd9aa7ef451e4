// Requests to the REST interface (/api/openapi.json describes it).

import { session } from "./session.js";
import { inWords } from "./wording.js";

const TIMEOUT_MS = 20_000;

/** A request that did not do what it was for. Without a status, no answer came at all. */
export class APIError extends Error {
  constructor(message, status = 0, retryAfterMs = null) {
    super(message);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }

  /** The same request may succeed later: nothing came back, or the server is busy. */
  get isTransient() { return [0, 408, 429, 503].includes(this.status); }
}

let onTokenRefused = () => {};

/** Says what happens when the server no longer knows this login. */
export function whenTokenIsRefused(callback) { onTokenRefused = callback; }

/**
 * Sends one request and returns its decoded answer, null if that is empty.
 * @param body an object becomes JSON; a File or Blob is sent as it is
 */
export async function request(method, path, body) {
  const token = session.token;
  const response = await reach(method, path, body, token);
  if (response.ok) {
    const text = await bodyOf(response.text());
    return text ? JSON.parse(text) : null;
  }
  // Not if another login began meanwhile: that one has nothing to do with it.
  if (response.status === 401 && token && token === session.token) onTokenRefused();
  throw await refusal(response);
}

/** The bytes of an image. An <img> cannot carry the token, and an address must not. */
export async function imageBlob(id) {
  const response = await reach("GET", `/images/${id}`, undefined, session.token);
  if (!response.ok) throw await refusal(response);
  return bodyOf(response.blob());
}

async function reach(method, path, body, token) {
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  const isJSON = body !== undefined && !(body instanceof Blob);
  if (isJSON) headers["Content-Type"] = "application/json";
  try {
    return await fetch(`/api${path}`, {
      method, headers, body: isJSON ? JSON.stringify(body) : body,
      signal: AbortSignal.timeout(TIMEOUT_MS), credentials: "omit",
      // Images never change under their address; all else must be asked for.
      cache: path.startsWith("/images/") ? "default" : "no-store",
    });
  } catch {
    throw new APIError("The server cannot be reached");
  }
}

/** An answer that breaks off is no answer. */
async function bodyOf(promise) {
  try {
    return await promise;
  } catch {
    throw new APIError("The server's answer broke off");
  }
}

async function refusal(response) {
  let message = response.statusText || `Error ${response.status}`;
  try {
    message = inWords((await response.json()).message ?? message);
  } catch {
    // Something in between answered, not the server: its status has to do.
  }
  const seconds = Number(response.headers.get("Retry-After"));
  return new APIError(message, response.status, seconds > 0 ? seconds * 1000 : null);
}

export const get = (path) => request("GET", path);
export const post = (path, body) => request("POST", path, body);
export const put = (path, body) => request("PUT", path, body);
export const patch = (path, body) => request("PATCH", path, body);
export const remove = (path, body) => request("DELETE", path, body);

/** Chats, newest first, that pass the filters; those that are null are left out. */
export function listChats(filters) {
  const given = Object.entries(filters).filter(([, value]) => (value ?? null) !== null);
  return get(`/chats?${new URLSearchParams(given)}`);
}
