/** JSON that is safe wherever lines and bytes count. */
import type { JsonText } from "../job.ts";

/** Control characters stand between the parts of a JSON text only, where a space does as well. */
const NOT_PLAIN = /[^\x20-\x7e]/g;

/** The same JSON in one line of ASCII. */
export function inOneLine(text: JsonText): JsonText {
  return text.replace(NOT_PLAIN, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x20 ? " " : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}
