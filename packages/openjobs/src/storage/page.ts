/** Pages of lists that a storage gives. Internal: no semver promise. */

/**
 * A page request: `after` is the previous page's `next`; `offset` is for old clients and bounded by the caller.
 * A read rejects with OjsError `invalid_request` when `after` is not a cursor of that list.
 */
export interface PageRequest {
  readonly limit: number;
  readonly after?: string;
  readonly offset?: number;
}

/** One page; `next` is absent on the last one. `total` is exact. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
  readonly next?: string;
}
