// One's own account: profile, status, password, and the ways out.

import { patch, post, put, remove, request } from "./api.js";
import { attempt, field, form, openDialog, toast } from "./dialogs.js";
import { button, h } from "./dom.js";
import { edits, textOrNull } from "./edits.js";
import { avatar } from "./images.js";
import { OWN_STATUS_NAMES } from "./channels.js";
import { limits, passwordHint } from "./limits.js";
import { canNotify, setNotifications, wantsNotifications } from "./notify.js";
import { preparedPicture } from "./picture-file.js";
import { putUser, store } from "./store.js";

/** Images of the types that the server takes. */
export const IMAGE_TYPES = "image/png,image/jpeg,image/webp,image/gif";

export function profileSection() {
  const { profile, username, status } = store.self;
  const nickname = h("input", { maxlength: limits.nameCharacters, autocomplete: "off" });
  const bio = h("textarea", { rows: 3, maxlength: limits.descriptionCharacters });
  const { save } = edits({
    nickname: [nickname, (text) => text.trim() || username], bio: [bio, textOrNull],
  }, profile);
  const choice = h("select");
  for (const [value, name] of Object.entries(OWN_STATUS_NAMES)) {
    choice.append(h("option", { value, selected: value === status.onlineStatus }, name));
  }
  choice.addEventListener("change", () =>
    attempt(async () => putUser(await put("/self/status", { onlineStatus: choice.value }))));
  return h(
    "div", {},
    imageChooser("Your picture", avatar(store.selfId, "portrait"), async (file) => {
      putUser(await request("POST", "/self/avatar", file));
      return avatar(store.selfId, "portrait");
    }),
    h("p", { class: "hint" }, `You log in as ${username}.`),
    field("Status", choice),
    form(async () => {
      await save(async (changes) => {
        const self = await patch("/self", changes);
        putUser(self);
        return self.profile;
      });
      toast("Your profile is saved.");
    }, "Save", field("Name that others see", nickname), field("About you", bio)),
    notificationSwitch());
}

/** A picture with a button that replaces it. */
export function imageChooser(label, current, upload) {
  const input = h("input", { type: "file", accept: IMAGE_TYPES, hidden: true });
  const place = h("div", {}, current);
  input.addEventListener("change", () => attempt(async () => {
    const [file] = input.files;
    input.value = "";
    if (file) place.replaceChildren(await upload(await preparedPicture(file)));
  }));
  return h(
    "div", { class: "chooser" }, place, input,
    button(`Change ${label.toLowerCase()}`, () => input.click()),
    h("span", { class: "hint" }, "PNG, JPEG, WebP or GIF. A large one is made smaller."));
}

function notificationSwitch() {
  if (!canNotify()) {
    const text = "Notifications need a secure address (https): browsers offer none here.";
    return h("p", { class: "hint" }, text);
  }
  const box = h("input", { type: "checkbox", checked: wantsNotifications() });
  box.addEventListener("change", async () => {
    const isAllowed = await setNotifications(box.checked);
    if (box.checked && !isAllowed) toast("This browser does not allow notifications here.");
    box.checked = isAllowed;
  });
  return h("label", { class: "check" }, box, "Notify me when I am mentioned");
}

/** @param exits logOut(), and leaveAfter(action, notice) for what voids this login */
export function accountSection({ logOut, leaveAfter }) {
  const [old, fresh] = [passwordInput("current-password"), passwordInput("new-password")];
  return h(
    "div", {},
    h("h3", {}, "Password"),
    form(async (event) => {
      await post("/self/password", { oldPassword: old.value, newPassword: fresh.value });
      event.target.reset();
      toast("Your password is changed. Other devices have to log in again.");
    }, "Change password",
    field("Old password", old), field("New password", fresh, passwordHint())),
    h("h3", {}, "Log out"),
    h(
      "div", { class: "buttons start" },
      button("Log out here", logOut),
      button("Log out everywhere", () => attempt(() => leaveAfter(
        () => post(`/users/${store.selfId}/revoke-tokens`), "You are logged out everywhere.")))),
    h("h3", {}, "Remove account"),
    button("Remove my account…", () => removeAccount(leaveAfter), "danger"));
}

function removeAccount(leaveAfter) {
  const password = passwordInput("current-password");
  openDialog("Remove your account?", () => form(() => leaveAfter(
    () => remove("/self", { password: password.value }), "Your account is removed."),
  "Remove for good",
  h("p", {}, "This cannot be taken back. What you have written stays."),
  field("Password", password)), "small");
}

const passwordInput = (autocomplete) =>
  h("input", { type: "password", autocomplete, required: true });
