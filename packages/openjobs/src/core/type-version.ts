/** Versions in types: `invoice.generate@2.0` (ojs-job-versioning §5.3). */
import { isMembers } from "./request-fields.ts";

/** What a type may have behind its `@`. */
const VERSION = /^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$/;

/**
 * The request with the version out of its type; `version` goes before it, if there is one. Anything else stays as it is, and is
 * looked at by those who read types.
 */
export function withVersionApart(body: unknown): unknown {
  if (!isMembers(body) || typeof body.type !== "string") return body;
  const at = body.type.indexOf("@");
  if (at === -1) return body;
  const version = body.type.slice(at + 1);
  if (!VERSION.test(version)) return body;
  return { ...body, type: body.type.slice(0, at), version: body.version ?? version };
}
