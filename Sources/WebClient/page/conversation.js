// A place to talk in: its timeline, who is typing, and the field to write in.

import { patch, post, remove } from "./api.js";
import { composer } from "./composer.js";
import { attempt, confirmed, field, form, openDialog, sentence, toast } from "./dialogs.js";
import { button, h, iconButton, isolated, touched } from "./dom.js";
import { limits } from "./limits.js";
import { takeBack, waitingIn, write } from "./outbox.js";
import { patchChildren } from "./patch.js";
import { goTo, keyOf } from "./place.js";
import { pickReaction } from "./reactions.js";
import { historyOf, nameOf, store, threadOn, typistsIn, watch } from "./store.js";
import { Timeline } from "./timeline.js";

export class Conversation {
  #tools = h("div", { class: "tools", role: "toolbar", "aria-label": "Message" });
  #typing = h("p", { class: "typing", "aria-live": "off" });
  #history;
  /** The element of the chat that is being edited. */
  #edited = null;
  #allowWriting;
  #restore;

  /** What one may do here: everywhere the same, until it is known better (`setRights`). */
  rights = store.rights;

  /** @param live the live connection, for what is only relayed */
  constructor({ channelId, threadId = null, name, live }) {
    Object.assign(this, { channelId, threadId, name });
    this.#history = historyOf(channelId, threadId);
    this.timeline = new Timeline(this.#history, {
      name,
      showTools: (element, chat) => this.#showTools(element, chat),
      isConnected: () => live.isConnected,
      writeAgain: (nonce) => restore(takeBack(nonce)),
    });
    const { element, input, restore, allow } = composer({
      channelId, threadId, label: `Message ${name}`,
      send: (text) => {
        write(channelId, threadId, text);
        this.timeline.showLatest();
      },
      notifyTyping: () => live.send({ type: "chat_typing", channelId, threadId }),
      editLast: () => this.#editLast(),
    });
    this.input = input;
    this.#allowWriting = allow;
    this.#restore = restore;
    this.element = h(
      "section",
      { class: "conversation", "data-key": `talk-${keyOf(channelId, threadId)}` },
      this.timeline.element, this.#typing, element);
    this.showTypists();
    this.timeline.show();
  }

  close() { this.timeline.close(); }

  rename(name) {
    if (name === this.name) return;
    this.name = name;
    this.input.placeholder = `Message ${name}`;
    this.input.setAttribute("aria-label", this.input.placeholder);
    this.timeline.rename(name);
  }

  setRights(rights) {
    this.rights = rights;
    this.#allowWriting(rights.allows("chat.send"));
    if (this.#tools.isConnected) this.#offerTools();
  }

  showTypists() {
    const names = typistsIn(this.channelId, this.threadId).map(nameOf).map(isolated);
    const [first, second] = names;
    const who = names.length > 2 ? ["Several people"] : second ? [first, " and ", second] : names;
    const verb = names.length === 1 ? " is typing…" : " are typing…";
    this.#typing.replaceChildren(...who, who.length ? verb : "");
  }

  /** Somebody has deleted a chat. If it is being edited, what was written is kept. */
  noteDeleted({ chatId }) {
    if (Number(this.#edited?.dataset.id) !== chatId) return;
    const { value } = this.#edited.querySelector("textarea");
    this.#endEdit();
    this.#restore(value);
    toast("The message is deleted. What you made of it is in the field.");
  }

  // MARK: What can be done with a chat

  /** One toolbar for all chats: it goes to the one that is pointed at or has the focus. */
  #showTools(element, chat) {
    if (this.#tools.parentElement === element && this.#tools.chat === chat) return;
    if (this.#edited === element) return;
    // What has the focus must not take it away when it moves.
    const isMoving = this.#tools.parentElement !== element;
    if (isMoving && this.#tools.contains(document.activeElement)) {
      this.#tools.parentElement.focus({ preventScroll: true });
    }
    this.#tools.chat = chat;
    if (isMoving) element.append(this.#tools);
    this.#offerTools();
  }

  /** What may be done with the chat that the toolbar is at. */
  #offerTools() {
    const { chat, parentElement: element } = this.#tools;
    const isOwn = chat.authorId === store.selfId;
    const thread = threadOn(chat.id);
    const threadName = thread ? "Open thread" : "Begin a thread";
    const may = (right) => this.rights.allows(right);
    const mayOpenThread = !this.threadId && (thread || may("thread.create"));
    const mayDelete = isOwn || may("chat.delete");
    // Under a finger they are in the place of the head, until something was done with them.
    const tool = (name, label, action) => iconButton(name, label, () => {
      if (touched.matches) this.#tools.remove();
      action?.();
    });
    patchChildren(
      this.#tools,
      touched.matches ? tool("close", "Done") : null,
      may("chat.react") ? tool("smile", "React", () => pickReaction(chat)) : null,
      mayOpenThread ? tool("thread", threadName, () => this.#openThread(chat)) : null,
      isOwn ? tool("edit", "Edit", () => this.#edit(element, chat)) : null,
      mayDelete ? tool("trash", "Delete", () => this.#delete(chat)) : null);
  }

  #openThread(chat) {
    const thread = threadOn(chat.id);
    if (thread) return goTo({ channelId: this.channelId, threadId: thread.id });
    const input = h(
      "input", { maxlength: limits.nameCharacters, required: true, autocomplete: "off" });
    return openDialog("Begin a thread", (close) => form(async () => {
      const made = await post(`/chats/${chat.id}/thread`, { name: input.value.trim() });
      store.threads.set(made.id, made);
      close();
      goTo({ channelId: this.channelId, threadId: made.id });
    }, "Begin", field("Name of the thread", input)), "small");
  }

  async #delete(chat) {
    if (!await confirmed("Delete this message?", chat.content.slice(0, 200), "Delete")) return;
    await attempt(() => remove(`/chats/${chat.id}`));
  }

  #editLast() {
    // The newest is still on its way: the one before is not what is meant.
    if (waitingIn(this.channelId, this.threadId).length) return;
    const last = this.#history.chats.findLast((chat) => chat.authorId === store.selfId);
    const element = last && this.timeline.elementOf(last.id);
    if (element) this.#edit(element, last);
  }

  /** The content becomes a field in its place; Enter keeps the change, Escape drops it. */
  #edit(element, chat) {
    if (this.#edited) return this.#edited.querySelector("textarea").focus();
    const content = element.querySelector(".content");
    const rows = Math.min(chat.content.split("\n").length, 8);
    const input = h("textarea", { "aria-label": "Edit message", rows });
    input.value = chat.content;
    const close = () => {
      this.#endEdit();
      this.timeline.redraw(chat.id);
      this.input.focus();
    };
    const save = async () => {
      const text = input.value.trim();
      if (!text || text === chat.content) return close();
      try {
        await patch(`/chats/${chat.id}`, { content: text });
        this.#history.change(chat.id, { content: text, edited: true });
        close();
      } catch (error) {
        toast(sentence(error));
      }
    };
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Escape") close();
      else if (event.key === "Enter" && !event.shiftKey) save();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.#edited = element;
    this.timeline.setEdited(chat.id);
    this.#tools.remove();
    content.replaceChildren(input, h(
      "p", { class: "hint" }, "Enter to save, Escape to ",
      button("cancel", close, "link"), " · ", button("save", save, "link")));
    input.focus();
    input.setSelectionRange(input.value.length, input.value.length);
  }

  #endEdit() {
    this.#edited = null;
    this.timeline.setEdited(null);
  }
}

/** Keeps what is told beside the messages true. */
export function keepConversationsTrue(conversations) {
  watch("typing users", () => {
    for (const conversation of conversations()) conversation.showTypists();
  });
  watch("deleted", (chat) => {
    for (const conversation of conversations()) conversation.noteDeleted(chat);
  });
}
