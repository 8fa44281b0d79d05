/**
 * Pages of removed jobs. SQLite fills them with new jobs, which costs nothing; only a file that has become much too big
 * for what is in it, after a backlog for example, is cut.
 */
import type { Database } from "./database.ts";

/** Free pages (4 kB each) that are always left for the jobs to come. */
const KEPT_PAGES = 2_000;

/** And this part of the file, so that a steady load that comes in waves does not cut and grow it in turns. */
const KEPT_PART = 0.25;

/** Pages given back in one step. Each means to move a page from the end of the file, so this bounds the pause. */
const STEP_PAGES = 50;

/** Gives some of the free pages back, if there are too many; true when there still are. */
export function freePages(database: Database): boolean {
  if (excess(database) <= 0) return false;
  database.exec(`PRAGMA incremental_vacuum(${STEP_PAGES})`);
  return excess(database) > 0;
}

function excess(database: Database): number {
  const free = Number(database.value("PRAGMA freelist_count"));
  if (free <= KEPT_PAGES) return 0;
  return free - Math.max(KEPT_PAGES, KEPT_PART * Number(database.value("PRAGMA page_count")));
}
