// The dialog with all that can be set; a section is there for those who may use it.

import { attempt, openDialog } from "./dialogs.js";
import { h } from "./dom.js";
import { invitesSection, serverSection } from "./admin.js";
import { accountSection, profileSection } from "./profile.js";
import { rolesSection } from "./roles.js";
import { store } from "./store.js";

/**
 * @param first the name of the section to show, if the member has it
 * @param exits logOut(), leaveAfter(action, notice)
 */
export function openSettings(first, exits) {
  const { rights } = store;
  openDialog("Settings", () => {
    const sections = [
      ["Profile", profileSection],
      ["Account", () => accountSection(exits)],
      rights.allows("server.manage") ? ["Server", serverSection] : null,
      rights.allows("invite.create") ? ["Invites", invitesSection] : null,
      rights.allows("role.manage") ? ["Roles", rolesSection] : null,
    ].filter(Boolean);
    const body = h("div", { class: "section", role: "tabpanel", id: "section", tabindex: -1 });
    const tabs = sections.map(([name, build]) => h("button", {
      type: "button", role: "tab", "aria-controls": "section", id: `tab-${name}`,
      onclick: () => choose(name, build),
    }, name));
    const choose = async (name, build) => {
      for (const tab of tabs) {
        const isChosen = tab.textContent === name;
        tab.setAttribute("aria-selected", String(isChosen));
        tab.tabIndex = isChosen ? 0 : -1;
      }
      body.setAttribute("aria-labelledby", `tab-${name}`);
      const content = await attempt(async () => build());
      // Meanwhile another may have been chosen.
      if (body.getAttribute("aria-labelledby") !== `tab-${name}`) return;
      body.replaceChildren(content ?? h("p", { class: "problem" }, "This could not be read."));
    };
    const bar = h("div", { role: "tablist", "aria-label": "Settings", class: "tabs" }, ...tabs);
    bar.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const tab = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
      tab.focus();
      tab.click();
    });
    choose(...sections.find(([name]) => name === first) ?? sections[0]);
    return h("div", { class: "settings" }, bar, body);
  }, "large");
}
