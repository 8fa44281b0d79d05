/**
 * Plain text in PostgreSQL, which has no NUL: it and the sign that stands for it are written as two characters. JSON texts need
 * none of this, because control characters are escaped in them already.
 */

const NUL = "\0";
const SIGN = "\u0001";

/** A text as it is stored. Half characters become U+FFFD, as they would on any way that is UTF-8. */
export function toColumn(text: string): string {
  const whole = /[\ud800-\udfff]/.test(text) ? Buffer.from(text, "utf8").toString("utf8") : text;
  if (!whole.includes(NUL) && !whole.includes(SIGN)) return whole;
  return whole.replaceAll(SIGN, `${SIGN}1`).replaceAll(NUL, `${SIGN}0`);
}

/** The text that was stored. */
export function fromColumn(text: string): string {
  if (!text.includes(SIGN)) return text;
  return text.replaceAll(`${SIGN}0`, NUL).replaceAll(`${SIGN}1`, SIGN);
}

export function toOptionalColumn(text: string | null): string | null {
  return text === null ? null : toColumn(text);
}

export function fromOptionalColumn(text: string | null): string | null {
  return text === null ? null : fromColumn(text);
}
