// Roles, and what is given to whom.

import { get, patch, post, put, remove } from "./api.js";
import { attempt, confirmed, field, form, openDialog, toast } from "./dialogs.js";
import { button, h } from "./dom.js";
import { limits } from "./limits.js";
import { RIGHTS } from "./rights.js";
import { nameOf, store } from "./store.js";

/**
 * A table with one choice for each right.
 * @returns { element, appliedTo(rights) } where the latter are Rights as they stand now, which
 *   others may have changed meanwhile: only what was changed here is changed in them
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
    appliedTo: (now) => {
      const values = { ...now.values };
      for (const { key, select } of choices) {
        const value = Number(select.value);
        if (value !== (given.values[key] ?? 0)) values[key] = value;
      }
      return { admin: admin.checked === given.admin ? now.admin : admin.checked, values };
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
  const name = h(
    "input", { maxlength: limits.nameCharacters, required: true, autocomplete: "off" });
  return h(
    "div", {}, list,
    form(async (event) => {
      await post("/roles", { name: name.value.trim() });
      event.target.reset();
      await draw();
    }, "Make a role", field("New role", name)));
}

function roleEditor(role, draw) {
  const name = h("input", { value: role.name, maxlength: limits.nameCharacters, required: true });
  const editor = rightsEditor(role.rights);
  return h(
    "details", {}, h("summary", {}, role.name),
    form(async () => {
      const now = (await get("/roles")).find(({ id }) => id === role.id) ?? role;
      await patch(`/roles/${role.id}`, {
        name: name.value === role.name ? now.name : name.value.trim(),
        rights: editor.appliedTo(now.rights),
      });
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
    const [now, rightsNow] = await Promise.all([
      get(`/users/${user.id}/roles`), get(`/users/${user.id}/rights`)]);
    const held = new Set(now.roleIds);
    for (const [{ id }, box] of boxes) {
      if (box.checked === roleIds.includes(id)) continue;
      if (box.checked) held.add(id);
      else held.delete(id);
    }
    await put(`/users/${user.id}/roles`, { roleIds: [...held] });
    await put(`/users/${user.id}/rights`, editor.appliedTo(rightsNow));
    close();
    toast("Saved.");
  }, "Save",
  roles.length ? h(
    "fieldset", {}, h("legend", {}, "Roles"),
    ...boxes.map(([role, box]) => h("label", { class: "check" }, box, role.name))) : null,
  editor.element));
}
