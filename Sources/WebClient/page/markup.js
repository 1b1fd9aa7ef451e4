// From what people type to nodes: links, `code`, **bold**, *italic*, mentions. Everything else
// stays text. Only nodes are made here, never markup from text, so nothing typed can run.
//
// One pass over the text. Where the end of a mark was looked for once and is not there it is not
// looked for again, so no text of whatever kind costs much more than its length.

import { h } from "./dom.js";

const MARKS = [
  { mark: "```", tag: "pre", isVerbatim: true, mayCrossLines: true },
  { mark: "`", tag: "code", isVerbatim: true },
  { mark: "**", tag: "strong" },
  { mark: "*", tag: "em" },
];
const LINK = /^https?:\/\/[^\s<>"`]+/i;
const TRAILING = /[.,;:!?'")\]}*]+$/;
const MENTION = /^@([^\s@][^\n@]{0,63})/;
const INTERESTING = /[`*@]|https?:\/\//gi;
const DEPTH_MAX = 4;

/**
 * @param findName given the text behind an @, returns the user's name that it begins with, or null
 */
export function nodesOf(text, findName = () => null, depth = 0) {
  const nodes = [];
  /** A mark → up to where it is known that none can end what begins before. */
  const missing = new Map();
  let plain = 0;
  let at = 0;
  const emit = (node, length) => {
    if (at > plain) nodes.push(document.createTextNode(text.slice(plain, at)));
    nodes.push(node);
    at += length;
    plain = at;
  };
  while (at < text.length) {
    INTERESTING.lastIndex = at;
    const next = INTERESTING.exec(text);
    if (!next) break;
    at = next.index;
    const found = link(text, at) ?? mention(text, at, findName)
      ?? marked(text, at, missing, findName, depth);
    if (found) emit(found.node, found.length);
    else at += 1;
  }
  if (plain < text.length) nodes.push(document.createTextNode(text.slice(plain)));
  return nodes;
}

function marked(text, at, missing, findName, depth) {
  for (const { mark, tag, isVerbatim, mayCrossLines } of MARKS) {
    const start = at + mark.length;
    if (!text.startsWith(mark, at) || missing.get(mark) >= start) continue;
    // A row of backticks holds nothing.
    if (isVerbatim && text[start] === "`") continue;
    if (!isVerbatim && (depth >= DEPTH_MAX || !mayOpen(mark, text, at))) continue;
    const limit = mayCrossLines ? text.length : endOfLine(text, start);
    const end = endOf(mark, text, start, limit, isVerbatim);
    if (end < 0) {
      missing.set(mark, limit);
      continue;
    }
    const inner = text.slice(start, end);
    const content = isVerbatim
      ? [inner.replace(/^\n|\n$/g, "")] : nodesOf(inner, findName, depth + 1);
    const node = tag === "pre" ? h("pre", {}, h("code", {}, ...content)) : h(tag, {}, ...content);
    const behind = end + mark.length;
    // A block ends its line itself.
    const isGap = tag === "pre" && /[ \n]/.test(text[behind]);
    return { node, length: behind + (isGap ? 1 : 0) - at };
  }
  return null;
}

// Emphasis touches what it marks, and stands where words begin and end: neither `2 * 3 * 4` nor
// `5*3*2` is any. In a row of marks the outermost belong together.

function mayOpen(mark, text, at) {
  const behind = text.slice(at + mark.length, at + mark.length + 2);
  const isTouching = mark === "**" ? /^\*?[^\s*]/.test(behind) : /^[^\s*]/.test(behind);
  return isTouching && text[at - 1] !== "*" && !isWord(text[at - 1]);
}

function endOf(mark, text, start, limit, isVerbatim) {
  for (let end = start; ; ) {
    end = text.indexOf(mark, end + 1);
    const behind = end + mark.length;
    if (end < 0 || behind > limit) return -1;
    const isEnd = isVerbatim || !/\s/.test(text[end - 1]) && !isWord(text[behind])
      && text[behind] !== "*" && (mark !== "*" || text[end - 1] !== "*");
    if (isEnd) return end;
  }
}

function endOfLine(text, at) {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

const isWord = (character) => character !== undefined && /[\p{L}\p{N}]/u.test(character);

function link(text, at) {
  const found = LINK.exec(text.slice(at, at + 2048))?.[0];
  if (!found || !isBoundary(text[at - 1])) return null;
  const address = withoutTrailing(found);
  if (!URL.canParse(address)) return null;
  const node = h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, address);
  return { node, length: address.length };
}

/** A full stop behind a link ends the sentence, not the link; a bracket that was opened in the
 * link belongs to it. */
function withoutTrailing(address) {
  const end = TRAILING.exec(address);
  if (!end) return address;
  const kept = address.slice(0, end.index);
  return end[0].startsWith(")") && kept.includes("(") ? `${kept})` : kept;
}

function mention(text, at, findName) {
  if (text[at] !== "@" || !isBoundary(text[at - 1])) return null;
  const behind = MENTION.exec(text.slice(at, at + 65))?.[1];
  const found = behind && findName(behind);
  if (!found) return null;
  const className = found.isSelf ? "mention mention-self" : "mention";
  const node = h("span", { class: className }, `@${found.name}`);
  return { node, length: found.name.length + 1 };
}

const isBoundary = (character) => character === undefined || !/[\p{L}\p{N}_/]/u.test(character);
