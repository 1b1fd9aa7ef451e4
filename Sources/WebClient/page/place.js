// Where one is: the address's fragment names it, so that Back, reload and bookmarks work.
//
//     #                 the list of channels (on a phone), else the default channel
//     #c12              a channel
//     #c12/t34          a thread of it beside it
//     #c12/m56          a message of it, or of a thread (#c12/t34/m56): leads there, and goes
//     #invite=CODE      registration with an invite

import { inTurn } from "./back.js";

export function parsePlace(hash) {
  const match = /^#c(\d+)(?:\/t(\d+))?(?:\/m(\d+))?$/.exec(hash);
  return {
    channelId: match ? Number(match[1]) : null,
    threadId: match?.[2] ? Number(match[2]) : null,
    chatId: match?.[3] ? Number(match[3]) : null,
  };
}

export function hashOf({ channelId, threadId = null, chatId = null }) {
  if (!channelId) return "#";
  return `#c${channelId}` + (threadId ? `/t${threadId}` : "") + (chatId ? `/m${chatId}` : "");
}

/** The invite that the address brings, if any. */
export function inviteIn(hash) {
  return /^#invite=([\w-]+)$/.exec(hash)?.[1] ?? "";
}

export const inviteLink = (code) => `${location.origin}/#invite=${code}`;

/** What a history, a draft or a mark of what was read belongs to. */
export const keyOf = (channelId, threadId) => (threadId ? `t${threadId}` : `c${channelId}`);

export function goTo(place) { inTurn(() => { location.hash = hashOf(place); }); }
