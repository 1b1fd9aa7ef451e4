// What this server lets one send, so that nobody need find out by being refused.

import { get } from "./api.js";

/** By default as the protocol has it, until the server has told. Characters are Unicode scalar
 * values. */
export const limits = {
  /** Who may make an account: "open", "invite" or "closed"; null while that is not known. */
  registration: null,
  usernameCharacters: 32,
  passwordBytesMin: 8,
  contentCharacters: 4_000,
  nameCharacters: 64,
  descriptionCharacters: 512,
  imageBytes: 2 * 1024 * 1024,
};

export async function loadLimits() { Object.assign(limits, await get("/limits")); }

/** How many characters a text has, as the server counts them. */
export function characterCount(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

export const passwordHint = () => `At least ${limits.passwordBytesMin} characters.`;

/** 2097152 → "2 MB" */
export function sizeInWords(bytes) {
  const [number, unit] = bytes < 1024 * 1024 ? [bytes / 1024, "KB"] : [bytes / 1024 / 1024, "MB"];
  return `${Math.floor(number * 10) / 10} ${unit}`;
}
