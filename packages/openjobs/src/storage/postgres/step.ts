import type { Query } from "./database.ts";
import type { Rows } from "./link.ts";

/** A part of a commit: a statement, and what becomes of its rows. */
export interface Step {
  readonly query: Query;
  /** Called when everything of the commit has happened. */
  readonly take: (rows: Rows) => void;
}

/** For statements whose rows say nothing. */
export function silent(query: Query): Step {
  return { query, take: () => undefined };
}
