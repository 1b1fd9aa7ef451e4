// What those who have the rights do with the server: its name and icon, and invites.

import { get, patch, post, remove, request } from "./api.js";
import { attempt, confirmed, copy, field, form, toast } from "./dialogs.js";
import { button, h, timeElement } from "./dom.js";
import { edits, numberOrNull, trimmed } from "./edits.js";
import { picture } from "./images.js";
import { limits } from "./limits.js";
import { inviteLink } from "./place.js";
import { imageChooser } from "./profile.js";
import { qrCode } from "./qr.js";
import { changed, store } from "./store.js";

export function serverSection() {
  const name = h("input", { maxlength: limits.nameCharacters, required: true });
  const description = h("textarea", { rows: 3, maxlength: limits.descriptionCharacters });
  const start = h("select", {}, h("option", { value: "" }, "none"));
  for (const { id, name: channelName } of store.channels.values()) {
    start.append(h("option", { value: id }, `#${channelName}`));
  }
  const { save } = edits({
    name: [name, trimmed], description: [description, trimmed],
    defaultChannelId: [start, numberOrNull],
  }, store.server);
  const iconNow = () => picture(store.server.iconId, store.server.name, 200, "portrait");
  return h(
    "div", {},
    imageChooser("Icon", iconNow(), async (file) => {
      put(await request("POST", "/server/icon", file));
      return iconNow();
    }),
    form(async () => {
      await save(async (changes) => put(await patch("/server", changes)));
      toast("The server’s settings are saved.");
    }, "Save", field("Name", name), field("Description", description),
    field("First channel", start, "Where newcomers arrive.")));
}

function put(server) {
  store.server = server;
  changed("server");
  return server;
}

// MARK: Invites

/** In seconds. */
const LIFETIMES = [
  ["1 hour", 3_600], ["1 day", 86_400], ["1 week", 604_800], ["30 days", 2_592_000]];

export async function invitesSection() {
  const list = h("ul", { class: "invites" });
  const shown = h("div", { class: "invite", "aria-live": "polite" });
  const uses = h("input", { type: "number", min: 1, max: 1000, value: 5, required: true });
  const lifetime = h("select", {}, ...LIFETIMES.map(([name, seconds]) =>
    h("option", { value: seconds, selected: seconds === 86_400 }, name)));
  const draw = async () => {
    const invites = await get("/invites");
    list.replaceChildren(...invites.map((invite) => row(invite, shown, draw)));
  };
  await draw();
  return h(
    "div", {},
    form(async () => {
      const invite = await post("/invites", {
        uses: Number(uses.value), validForSeconds: Number(lifetime.value),
      });
      await draw();
      show(invite, shown);
    }, "Make an invite", h(
      "div", { class: "pair" },
      field("For how many people", uses), field("Valid for", lifetime))),
    shown, list);
}

function row(invite, shown, draw) {
  const take = async () => {
    const text = "Its link will not work any more.";
    if (!await confirmed("Take this invite back?", text, "Take back")) return;
    await attempt(async () => {
      await remove(`/invites/${invite.code}`);
      shown.replaceChildren();
      await draw();
    });
  };
  return h(
    "li", {}, h("code", {}, invite.code),
    h(
      "span", { class: "hint" },
      `${invite.uses} left, until `, timeElement(invite.expiresAt, true)),
    button("Show", () => show(invite, shown)), button("Take back", take));
}

const isOfThisMachine = (host) => /^(localhost|127\.|\[::1\])/.test(host);
const ONLY_HERE = "This link works on this very machine only: it has the address that you opened "
  + "Concord by. For others, open it by the machine’s name or address in your network.";

function show({ code }, shown) {
  const link = inviteLink(code);
  const input = h("input", { value: link, readonly: true, "aria-label": "Invite link" });
  input.addEventListener("focus", () => input.select());
  shown.replaceChildren(
    qrCode(link, `QR code of the invite link ${link}`), input,
    ...isOfThisMachine(location.hostname) ? [h("p", { class: "problem" }, ONLY_HERE)] : [],
    button("Copy link", () => copy(input)));
}
