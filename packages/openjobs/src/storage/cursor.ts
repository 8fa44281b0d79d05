/** From rows to pages with keyset cursors. */
import { type CursorPart, encodeCursor } from "../core/cursor.ts";
import type { Page } from "./storage.ts";

export { type CursorPart, decodeCursor, encodeCursor } from "../core/cursor.ts";

/**
 * Makes a page of rows that were read with one row more than asked for: the spare row only tells that the page is not
 * the last one.
 */
export function toPage<T>(
  rows: readonly T[],
  limit: number,
  total: number,
  keyOf: (row: T) => readonly CursorPart[],
): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items, total };
  return { items, total, next: encodeCursor(keyOf(last)) };
}
