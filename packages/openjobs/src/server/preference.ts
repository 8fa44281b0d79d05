/** What a client would like of an answer (RFC 7240). */
import type { RouteRequest } from "./route.ts";

/** Said in an answer that was shortened. */
export const MINIMAL_APPLIED: Readonly<Record<string, string>> = { "preference-applied": "return=minimal" };

/** Whether the client is content with what it cannot know by itself. Of several wishes the first one counts. */
export function prefersMinimal({ prefer }: RouteRequest["headers"]): boolean {
  if (prefer === undefined) return false;
  if (prefer === "return=minimal") return true;
  const [wish] = prefer.split(",").filter((text) => /^\s*return\s*=/i.test(text));
  return wish !== undefined && /^\s*return\s*=\s*"?minimal"?\s*(;|$)/i.test(wish);
}
