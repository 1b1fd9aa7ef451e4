// Roles, and what is given to whom.

import { get, patch, post, put, remove } from "./api.js";
import { attempt, confirmed, field, form, openDialog, toast } from "./dialogs.js";
import { button, h } from "./dom.js";
import { RIGHTS } from "./rights.js";
import { nameOf, store } from "./store.js";

/**
 * A table with one choice for each right.
 * @returns { element, value() } with value() as the protocol's Rights
 */
export function rightsEditor(
  given, rights = RIGHTS, adminText = "Administrator: may do everything") {
  const admin = h("input", { type: "checkbox", checked: given.admin });
  const choices = rights.map(({ key, label, isDefault }) => (
    { key, label, select: choice(given.values[key] ?? 0, isDefault) }));
  return {
    element: h(
      "fieldset", { class: "rights" }, h("legend", {}, "Rights"),
      store.rights.isAdmin || given.admin ? h("label", { class: "check" }, admin, adminText) : null,
      ...choices.map(({ label, select }) => h("label", {}, h("span", {}, label), select))),
    value: () => {
      // What is not shown here stays as it is.
      const values = { ...given.values };
      for (const { key, select } of choices) values[key] = Number(select.value);
      return { admin: admin.checked, values };
    },
  };
}

function choice(value, isDefault) {
  const option = (number, text) => h("option", { value: number, selected: number === value }, text);
  // Weights add up (a role’s −1 and one’s own +1 are nothing); larger ones than 1 are kept.
  const [yes, no] = [Math.max(value, 1), Math.min(value, -1)];
  const unsaid = `Not said (${isDefault ? "yes" : "no"})`;
  return h("select", {}, option(0, unsaid), option(yes, "Yes"), option(no, "No"));
}

export async function rolesSection() {
  const list = h("div");
  const draw = async () => {
    const roles = await get("/roles");
    list.replaceChildren(...roles.map((role) => roleEditor(role, draw)));
  };
  await draw();
  const name = h("input", { maxlength: 64, required: true, autocomplete: "off" });
  return h(
    "div", {}, list,
    form(async (event) => {
      await post("/roles", { name: name.value.trim() });
      event.target.reset();
      await draw();
    }, "Make a role", field("New role", name)));
}

function roleEditor(role, draw) {
  const name = h("input", { value: role.name, maxlength: 64, required: true });
  const editor = rightsEditor(role.rights);
  return h(
    "details", {}, h("summary", {}, role.name),
    form(async () => {
      await patch(`/roles/${role.id}`, { name: name.value.trim(), rights: editor.value() });
      toast(`The role ${name.value.trim()} is saved.`);
      await draw();
    }, "Save", field("Name", name), editor.element),
    button("Delete role", async () => {
      const text = `Whoever is ${role.name} loses what it gives.`;
      if (!await confirmed("Delete this role?", text, "Delete")) return;
      await attempt(async () => {
        await remove(`/roles/${role.id}`);
        await draw();
      });
    }, "danger"));
}

/** The roles of a member, and what is given to this member alone. */
export async function editUserRights(user) {
  const [roles, { roleIds }, rights] = await Promise.all([
    get("/roles"), get(`/users/${user.id}/roles`), get(`/users/${user.id}/rights`)]);
  const boxes = roles.map((role) => (
    [role, h("input", { type: "checkbox", checked: roleIds.includes(role.id) })]));
  const editor = rightsEditor(rights);
  openDialog(`What ${nameOf(user.id)} may do`, (close) => form(async () => {
    const chosen = boxes.filter(([, box]) => box.checked).map(([role]) => role.id);
    await put(`/users/${user.id}/roles`, { roleIds: chosen });
    await put(`/users/${user.id}/rights`, editor.value());
    close();
    toast("Saved.");
  }, "Save",
  roles.length ? h(
    "fieldset", {}, h("legend", {}, "Roles"),
    ...boxes.map(([role, box]) => h("label", { class: "check" }, box, role.name))) : null,
  editor.element));
}
