// What the server says of a request's attributes, in the words that people find on the screen.

const NAMES = {
  bio: "The text about you",
  content: "The message",
  description: "The description",
  invite: "The invite",
  name: "The name",
  newPassword: "The new password",
  nickname: "The name",
  oldPassword: "The password",
  password: "The password",
  query: "What you search for",
  reaction: "The reaction",
  username: "The name",
  uses: "The number of people",
};

/** "content is too long" → "The message is too long"; what it does not know stays. */
export function inWords(message) {
  const [, name, rule] = /^(\w+) ((?:is|must|may)\b.*)$/s.exec(message) ?? [];
  return Object.hasOwn(NAMES, name ?? "") ? `${NAMES[name]} ${rule}` : message;
}
