/** Pages of lists (ojs-http-binding §17). */
import { nonEmpty, objectAt, readArray, readObject } from "./answer-shape.ts";
import { integer, present } from "./wire-values.ts";

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** How many there are on all pages, if the server says so. */
  readonly total?: number;
  readonly hasMore: boolean;
  /** Give it as `cursor` to get the next page; absent on the last one. */
  readonly nextCursor?: string;
}

/** Which page of a list. */
export interface PageOptions {
  /** Items on a page: at most 200; the server's default is 50. */
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
  /** Items to skip, at most 10,000. For servers without cursors. */
  readonly offset?: number;
}

/** Reads a page whose items are under `name`. Throws a plain Error when there is no such list. */
export function decodePage<T>(answer: unknown, name: string, item: (wire: unknown) => T): Page<T> {
  const page = readObject(answer, "the answer");
  const pagination = objectAt(page, "pagination");
  const nextCursor = nonEmpty(pagination.next_cursor);
  return present<Page<T>>({
    items: readArray(page, name).map(item),
    total: integer(pagination.total),
    hasMore: pagination.has_more === true || nextCursor !== undefined,
    nextCursor,
  });
}
