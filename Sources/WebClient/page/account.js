// The front door: log in, or register with or without an invite.

import { post } from "./api.js";
import { field, form, sentence } from "./dialogs.js";
import { button, byId, h } from "./dom.js";
import { limits, loadLimits, passwordHint } from "./limits.js";
import { inviteIn } from "./place.js";
import { session } from "./session.js";

/** What may be done here is asked before the door is shown; it waits so long for the answer. */
const ANSWER_MS = 1_500;

/**
 * Shows the door until somebody has come in.
 * @param notice why it is shown, if not for the first time
 */
export async function showFrontDoor(notice, onLoggedIn) {
  const front = byId("front");
  const show = (isNew) => {
    front.replaceChildren(isNew
      ? registration(enter, () => show(false)) : login(enter, () => show(true), notice));
    front.querySelector("input").focus();
    offerSecureConnection(front.firstElementChild);
  };
  const enter = (token) => {
    session.begin(token);
    front.replaceChildren();
    if (inviteIn(location.hash)) location.hash = "#";
    onLoggedIn();
  };
  document.title = "Concord";
  const patience = new Promise((done) => setTimeout(done, ANSWER_MS));
  await Promise.race([loadLimits().catch(() => {}), patience]);
  show(inviteIn(location.hash) !== "");
  // The link of an invite, opened where this page is open already.
  addEventListener("hashchange", () => {
    if (front.firstElementChild && inviteIn(location.hash)) show(true);
  });
}

const nameInput = () => h("input", {
  name: "username", autocomplete: "username", autocapitalize: "none", spellcheck: "false",
  required: true,
});
const passwordInput = (kind) => h("input", {
  name: "password", type: "password", autocomplete: kind, required: true,
});

async function logIn(username, password) {
  return (await post("/tokens", { username, password })).token;
}

function login(enter, switchOver, notice) {
  const [name, password] = [nameInput(), passwordInput("current-password")];
  return h(
    "main", { class: "door" }, ...heading(),
    notice ? h("p", { class: "problem", role: "status" }, notice) : null,
    form(
      async () => enter(await logIn(name.value, password.value)), "Log in",
      field("Name", name), field("Password", password)),
    limits.registration === "closed"
      ? h("p", { class: "switch hint" }, "This server takes no new members now.")
      : h("p", { class: "switch" }, "New here? ", button("Make an account", switchOver, "link")));
}

function registration(enter, switchOver) {
  const [name, password] = [nameInput(), passwordInput("new-password")];
  const invite = h("input", {
    autocomplete: "off", value: inviteIn(location.hash),
    required: limits.registration === "invite",
  });
  const submit = async () => {
    const code = invite.value.trim();
    await post("/users/register", {
      username: name.value, password: password.value, ...code ? { invite: code } : {},
    });
    try {
      enter(await logIn(name.value, password.value));
    } catch (error) {
      throw new Error(`Your account is made, but logging in failed: ${sentence(error)}`);
    }
  };
  const isInviteOfUse = limits.registration !== "open" || invite.value;
  return h(
    "main", { class: "door" }, ...heading(),
    form(
      submit, "Make an account",
      field("Name", name), field("Password", password, passwordHint()),
      isInviteOfUse ? field("Invite", invite, inviteHint()) : null),
    h("p", { class: "switch" }, "Have an account? ", button("Log in", switchOver, "link")));
}

const inviteHint = () => (limits.registration === "invite"
  ? "Whoever is here already can ask for one." : "Only if this server asks for one.");

const heading = () => [
  h("img", { src: "icon.svg", alt: "", width: 56, height: 56 }),
  h("h1", {}, "Concord"),
  h("p", { class: "hint" }, location.host),
];

/** An invite that was brought along comes along. */
const trustAddress = () => (inviteIn(location.hash) ? `/trust${location.hash}` : "/trust");

/** On an unencrypted address: a quiet word where the encrypted one is, if the server has it. */
async function offerSecureConnection(door) {
  if (location.protocol === "https:") return;
  const answer = await fetch("/trust", { method: "HEAD" }).catch(() => null);
  if (!answer?.ok) return;
  door.append(h(
    "p", { class: "hint secure" }, "This connection is not encrypted. ",
    h("a", { href: trustAddress() }, "Use the secure one")));
}
