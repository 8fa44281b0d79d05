/** Which events a subscription names (ojs-webhooks §5.2): a type, all of a family (`job.*`), or all there are (`*`). */
import { EVENT_KINDS } from "../event-kinds.ts";

const FAMILIES: ReadonlySet<string> = new Set(EVENT_KINDS.map((kind) => kind.slice(0, kind.indexOf("."))));
const KINDS: ReadonlySet<string> = new Set<string>(EVENT_KINDS);

/** Whether some event of this server can ever match. */
export function isEventPattern(pattern: string): boolean {
  if (pattern === "*") return true;
  return pattern.endsWith(".*") ? FAMILIES.has(pattern.slice(0, -2)) : KINDS.has(pattern);
}

/** Whether an event of this type is meant. */
export function matchesPattern(pattern: string, type: string): boolean {
  if (pattern === "*" || pattern === type) return true;
  return pattern.endsWith(".*") && type.startsWith(pattern.slice(0, -1));
}
