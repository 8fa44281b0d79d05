/** Values in the message of a failed assertion. */

const MOST_CHARS = 100;

/** JSON, as far as a line of text has room for it. */
export function shortened(value: unknown): string {
  const text = value instanceof RegExp ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length <= MOST_CHARS ? text : `${text.slice(0, MOST_CHARS)}…`;
}
