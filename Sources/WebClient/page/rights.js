// Who may do what (the server decides; this client only leaves out what would be refused).

/** Every right, what it is called, and whether everybody has it unless told otherwise. */
export const RIGHTS = [
  { key: "channel.view", label: "See channels", isDefault: true },
  { key: "chat.send", label: "Write", isDefault: true },
  { key: "chat.react", label: "React", isDefault: true },
  { key: "thread.create", label: "Begin threads", isDefault: true },
  { key: "image.upload", label: "Upload images", isDefault: true },
  { key: "chat.delete", label: "Delete others’ messages", isDefault: false },
  { key: "channel.manage", label: "Manage channels", isDefault: false },
  { key: "server.manage", label: "Change the server", isDefault: false },
  { key: "user.manage", label: "Manage members", isDefault: false },
  { key: "role.manage", label: "Manage roles", isDefault: false },
  { key: "invite.create", label: "Invite people", isDefault: false },
];

/** Those that mean something for a single channel. */
export const CHANNEL_RIGHTS = RIGHTS.filter(({ key }) => /^(channel|chat|thread)\./.test(key));

/**
 * What a list of Rights comes to: what speaks for a right and against it adds up, an administrator
 * may do everything.
 * @returns an object whose `allows(right)` tells
 */
export function effectiveRights(given) {
  const isAdmin = given.some(({ admin }) => admin);
  return {
    isAdmin,
    allows(right) {
      if (isAdmin) return true;
      const sum = given.reduce((total, { values }) => total + (values[right] ?? 0), 0);
      return sum === 0 ? RIGHTS.find(({ key }) => key === right).isDefault : sum > 0;
    },
  };
}
