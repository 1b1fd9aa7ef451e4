// What somebody changed in a form, and nothing else: what others changed meanwhile stays.

/**
 * The inputs of a form about one thing, and what its attributes are there.
 * @param inputs attribute → [its input, what makes of the input's text what is sent]
 * @returns { edited(), save(send) }
 */
export function edits(inputs, thing) {
  const fields = Object.entries(inputs).map(([name, [input, read]]) => ({ name, input, read }));
  const show = (field, value) => {
    field.input.value = value ?? "";
    // As the input has it: it may write line ends in another way.
    field.shown = field.input.value;
  };
  for (const field of fields) show(field, thing[field.name]);
  /** The attributes that are others than was shown, as they are sent. */
  const edited = () => Object.fromEntries(fields
    .filter(({ input, read, shown }) => read(input.value) !== read(shown))
    .map(({ name, input, read }) => [name, read(input.value)]));
  /**
   * Has them sent, if there are any, and shows how the thing stands then.
   * @param send is given them; it returns the thing
   */
  const save = async (send) => {
    const changes = edited();
    if (!Object.keys(changes).length) return;
    const sent = fields.map(({ input }) => input.value);
    const now = await send(changes);
    fields.forEach((field, index) => {
      const { value } = field.input;
      show(field, now[field.name]);
      // Somebody typed on.
      if (value !== sent[index]) field.input.value = value;
    });
  };
  return { edited, save };
}

export const trimmed = (text) => text.trim();
export const textOrNull = (text) => text.trim() || null;
export const numberOrNull = (text) => (text ? Number(text) : null);
