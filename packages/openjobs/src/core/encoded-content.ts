/**
 * What tells a replay from a clash when arguments are encoded. Encrypted again, the same arguments have other bytes, so a producer that knows a
 * secret says by a keyed digest what they are (openjobs/encryption). Who makes up a digest deceives nobody but itself: it is told of a job
 * with an id that it has named.
 */

import type { JsonText } from "./job.ts";
import { isJsonObject } from "./json-object.ts";

/** The member of `meta` that holds the digest: of the id, the arguments, and what of `meta` is encrypted. */
export const META_CONTENT = "openjobs.codec.content";

/** What is said of encodings differs between keys and layouts. */
const CODEC = "ojs.codec.";
const ENCODINGS = `${CODEC}encodings`;

/** Of two requests with one id, arguments and meta are the same when these texts are. */
export function comparedContent(args: JsonText, meta: JsonText): JsonText {
  // Nearly no job has it, and whoever has this text in another place pays for a closer look.
  return meta.includes(META_CONTENT) ? (contentIn(meta) ?? `${args},${meta}`) : `${args},${meta}`;
}

function contentIn(meta: JsonText): JsonText | undefined {
  const members: unknown = JSON.parse(meta);
  if (!isJsonObject(members) || typeof members[META_CONTENT] !== "string") return undefined;
  if (!Array.isArray(members[ENCODINGS])) return undefined;
  const compared = Object.entries(members).filter(([name]) => !name.startsWith(CODEC));
  return `null,${JSON.stringify(compared.map(([name, value]) => [name, isEncrypted(value) ? null : value]))}`;
}

/** Only a wrapper names its key. */
function isEncrypted(value: unknown): boolean {
  return isJsonObject(value) && value.ojs_encoded === true && typeof value.encryption_key_id === "string";
}
