// Roles, and what is given to whom.

import { get, patch, post, put, remove } from "./api.js";
import { attempt, confirmed, field, form, openDialog, toast } from "./dialogs.js";
import { button, h } from "./dom.js";
import { edits, trimmed } from "./edits.js";
import { limits } from "./limits.js";
import { RIGHTS } from "./rights.js";
import { nameOf, store } from "./store.js";

/**
 * A table with one choice for each right. Rights are saved as a whole, and others may change them
 * while it is open: what is chosen in it is applied to how they are read just before. (Of the
 * moment between reading and saving the protocol cannot be told.)
 * @returns { element, isChanged(), appliedTo(rights), unseenIn(rights): what it does not show }
 */
export function rightsEditor(
  given, rights = RIGHTS, adminText = "Administrator: may do everything") {
  const admin = h("input", { type: "checkbox", checked: given.admin });
  const choices = rights.map(({ key, label, isDefault }) => (
    { key, label, select: choice(given.values[key] ?? 0, isDefault) }));
  const isTouched = ({ key, select }) => Number(select.value) !== (given.values[key] ?? 0);
  return {
    element: h(
      "fieldset", { class: "rights" }, h("legend", {}, "Rights"),
      store.rights.isAdmin || given.admin ? h("label", { class: "check" }, admin, adminText) : null,
      ...choices.map(({ label, select }) => h("label", {}, h("span", {}, label), select))),
    isChanged: () => admin.checked !== given.admin || choices.some(isTouched),
    appliedTo: (now) => ({
      admin: admin.checked === given.admin ? now.admin : admin.checked,
      values: {
        ...now.values,
        ...Object.fromEntries(choices.filter(isTouched).map(({ key, select }) => (
          [key, Number(select.value)]))),
      },
    }),
    unseenIn: (now) => [
      ...now.admin === admin.checked ? [] : [`administrator (${said(now.admin ? 1 : -1)})`],
      ...choices.map(({ key, label, select }) => ({ label, select, value: now.values[key] ?? 0 }))
        .filter(({ select, value }) => Number(select.value) !== value)
        .map(({ label, value }) => `${label} (${said(value)})`),
    ],
  };
}

const said = (value) => (value > 0 ? "yes" : value < 0 ? "no" : "not said");

/** A sentence about what others changed in the meantime, if they changed anything. */
export const byOthers = (unseen) =>
  (unseen.length ? ` Changed by somebody else meanwhile: ${unseen.join(", ")}.` : "");

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
  const name = h("input", { maxlength: limits.nameCharacters, required: true });
  const { edited } = edits({ name: [name, trimmed] }, role);
  const editor = rightsEditor(role.rights);
  return h(
    "details", {}, h("summary", {}, role.name),
    form(async () => {
      const { name: called, rights } = await saveRole(role.id, edited(), editor);
      toast(`The role ${called} is saved.${byOthers(editor.unseenIn(rights))}`);
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

/** @returns the role as it stands then */
async function saveRole(id, edited, editor) {
  const now = (await get("/roles")).find((role) => role.id === id);
  if (!now) throw new Error("This role is not there any more");
  const rights = editor.isChanged() ? { rights: editor.appliedTo(now.rights) } : {};
  const changes = { ...edited, ...rights };
  return Object.keys(changes).length ? patch(`/roles/${id}`, changes) : now;
}

/** The roles of a member, and what is given to this member alone. */
export async function editUserRights(user) {
  const [roles, { roleIds }, rights] = await Promise.all([
    get("/roles"), get(`/users/${user.id}/roles`), get(`/users/${user.id}/rights`)]);
  const boxes = roles.map((role) => (
    [role, h("input", { type: "checkbox", checked: roleIds.includes(role.id) })]));
  const editor = rightsEditor(rights);
  openDialog(`What ${nameOf(user.id)} may do`, (close) => form(async () => {
    const held = await saveRoles(user.id, boxes, roleIds);
    const own = await saveRights(user.id, editor);
    close();
    toast(`Saved.${byOthers([...unseenRoles(boxes, held), ...editor.unseenIn(own)])}`);
  }, "Save",
  roles.length ? h(
    "fieldset", {}, h("legend", {}, "Roles"),
    ...boxes.map(([role, box]) => h("label", { class: "check" }, box, role.name))) : null,
  editor.element));
}

/** Gives and takes the roles whose boxes were touched. @returns the ids of those held then */
async function saveRoles(userId, boxes, opened) {
  const path = `/users/${userId}/roles`;
  const { roleIds } = await get(path);
  const touched = new Map(boxes
    .filter(([{ id }, box]) => box.checked !== opened.includes(id))
    .map(([{ id }, box]) => [id, box.checked]));
  if (!touched.size) return roleIds;
  const given = [...touched.keys()].filter((id) => touched.get(id));
  const kept = roleIds.filter((id) => !touched.has(id));
  return (await put(path, { roleIds: [...kept, ...given] })).roleIds;
}

async function saveRights(userId, editor) {
  const path = `/users/${userId}/rights`;
  const now = await get(path);
  return editor.isChanged() ? put(path, editor.appliedTo(now)) : now;
}

const unseenRoles = (boxes, held) => boxes
  .filter(([{ id }, box]) => box.checked !== held.includes(id))
  .map(([{ name }, box]) => `${name} (${said(box.checked ? -1 : 1)})`);
