/** Requests that cannot be taken back, and the times that bound them (ojs-admin-api §4). */
import { ojsError } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json-object.ts";
import { parseTimestamp } from "../../../core/time.ts";
import { fieldError } from "../../fields.ts";

/** Refuses a request whose sender has not said that it is meant. */
export function requireConfirmed({ confirm }: JsonObject): void {
  if (confirm === true) return;
  throw ojsError("invalid_request", "This changes many jobs at once and needs 'confirm'.", {
    details: { field: "confirm", expected: "true" },
    hint: 'Send `"confirm": true` if you mean it.',
  });
}

/** A time under another name, in Unix milliseconds; nothing when it is absent. */
export function optionalTime<K extends string>(
  body: JsonObject,
  field: string,
  name: K,
): { readonly [key in K]?: number } {
  const value = body[field] ?? undefined;
  if (value === undefined) return {};
  const at = typeof value === "string" ? parseTimestamp(value) : undefined;
  if (at === undefined) throw fieldError(field, "an RFC 3339 timestamp with a zone");
  return { [name]: at } as { readonly [key in K]?: number }; // one member, under the one name that the type has
}
