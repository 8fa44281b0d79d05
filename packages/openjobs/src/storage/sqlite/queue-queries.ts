/** Reads of queues that need more than the ledger in memory. */
import { decodeCursor, toPage } from "../cursor.ts";
import type { Page, PageRequest, QueueActivity, QueueRecord, QueueTotals } from "../storage.ts";
import { minuteOf } from "../tally.ts";
import type { Database } from "./database.ts";
import type { QueueLedger } from "./queue-ledger.ts";
import { QUEUE_JSON, readQueue } from "./queue-row.ts";
import { AVAILABLE } from "./schema.ts";

/** The empty text sorts before every name. */
const QUEUES_AFTER = `SELECT ${QUEUE_JSON} FROM queues WHERE name > ? ORDER BY name LIMIT ? OFFSET ?`;

const SUMS = `
  SELECT json_object('started', total(started), 'completed', total(completed), 'failed', total(failed),
    'waitMs', total(wait_ms), 'runMs', total(run_ms))
  FROM queue_minutes`;
const ACTIVITY = `${SUMS} WHERE queue = ? AND minute >= ?`;
/** Minutes of two hours at most are kept, so there is little to read. */
const ALL_ACTIVITY = `${SUMS} WHERE minute >= ?`;

/** Along the index of claimable jobs: the first one that it has. */
const HEAD = `
  SELECT available_at FROM jobs WHERE state = ${AVAILABLE} AND queue = ? AND lane IS NULL
  ORDER BY priority DESC, available_at, seq LIMIT 1`;

/** A page of queues, by name. */
export function listQueues(page: PageRequest, database: Database, ledger: QueueLedger): Page<QueueRecord> {
  const [after] = page.after === undefined ? [""] : decodeCursor(page.after, ["string"]);
  const rows = database.all(QUEUES_AFTER, [after, page.limit + 1, page.offset ?? 0]).map(readQueue);
  return toPage(rows, page.limit, ledger.size, (queue) => [queue.name]);
}

/** What happened in a queue from the minute of `since` on. */
export function queueActivity(name: string, since: number, database: Database): QueueActivity {
  return JSON.parse(String(database.value(ACTIVITY, [name, minuteOf(since)]))) as QueueActivity; // ACTIVITY's object
}

/** When the first job of each queue's plain line became available. */
export function queueHeads(names: readonly string[], database: Database): (number | null)[] {
  return names.map((name) => {
    const at = database.value(HEAD, [name]);
    return at === null ? null : Number(at);
  });
}

/** The sums over all queues; activity from the minute of `since` on. */
export function queueTotals(since: number, database: Database, ledger: QueueLedger): QueueTotals {
  const activity = JSON.parse(String(database.value(ALL_ACTIVITY, [minuteOf(since)]))) as QueueActivity; // SUMS' object
  return { ...ledger.sum(), activity };
}
