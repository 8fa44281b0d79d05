/** Paging of lists (ojs-http-binding §17): cursors for new clients, bounded offsets for old ones. */
import { ojsError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Page, PageRequest } from "../storage/storage.ts";

/** What a client asks of a list. */
export interface AskedPage extends PageRequest {
  /** Counted from 1, when the client counts pages: the JS SDK does for cron jobs, and so does the admin API. */
  readonly page?: number;
}

/** Reads `limit`, `cursor` and `offset`, or `page` and `per_page`. A limit above the maximum is lowered to it; nonsense is a 400. */
export function readPage(query: URLSearchParams): AskedPage {
  const perPage = readCount(query, "per_page", 1);
  const page = readCount(query, "page", 1) ?? (perPage === undefined ? undefined : 1);
  const limit = Math.min(readCount(query, "limit", 1) ?? perPage ?? LIMITS.pageDefault, LIMITS.pageMax);
  const offset = readCount(query, "offset", 0);
  const cursor = query.get("cursor") ?? "";
  if (cursor !== "") return { limit, after: cursor };
  if (offset !== undefined || page === undefined) return { limit, offset: bounded(offset ?? 0, "offset") };
  return { limit, offset: bounded((page - 1) * limit, "page"), page };
}

function bounded(offset: number, parameter: string): number {
  if (offset <= LIMITS.offsetMax) return offset;
  throw ojsError("invalid_request", `The parameter '${parameter}' leads beyond the first ${LIMITS.offsetMax} items.`, {
    details: { parameter, max_offset: LIMITS.offsetMax },
    hint: "Follow 'next_cursor' of the previous page instead.",
  });
}

/** The `pagination` object of an answer. R parses it only with total, limit, offset and has_more all present. */
export function paginationOf(request: AskedPage, page: Page<unknown>): object {
  return {
    total: page.total,
    limit: request.limit,
    offset: request.offset ?? 0,
    has_more: page.next !== undefined,
    next_cursor: page.next ?? "",
    ...(request.page === undefined ? {} : { page: request.page, per_page: request.limit }),
  };
}

/** The same for operators' lists, whose answers always number their pages (ojs-admin-api §6.1); 1 when a cursor leads there. */
export function readNumberedPage(query: URLSearchParams): AskedPage {
  const asked = readPage(query);
  return { ...asked, page: Math.floor((asked.offset ?? 0) / asked.limit) + 1 };
}

/** A whole number of at least `min`; undefined when the parameter is absent or empty. */
export function readCount(query: URLSearchParams, name: string, min: number): number | undefined {
  const text = query.get(name) ?? "";
  if (text === "") return undefined;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min) return value;
  throw ojsError("invalid_request", `The parameter '${name}' must be an integer of at least ${min}.`, {
    details: { parameter: name },
  });
}

/** A comma-separated filter, also when the parameter is repeated; undefined = no filter. */
export function readList(query: URLSearchParams, ...names: readonly string[]): string[] | undefined {
  const items = names.flatMap((name) => query.getAll(name)).flatMap((value) => value.split(","));
  const wanted = items.map((item) => item.trim()).filter((item) => item !== "");
  return wanted.length === 0 ? undefined : wanted;
}
