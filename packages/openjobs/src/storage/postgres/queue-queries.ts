/** Reads of queues: what was folded, and the deltas on top. */
import { JOB_STATES } from "../../core/job.ts";
import { decodeCursor, toPage } from "../cursor.ts";
import type { Page, PageRequest, QueueActivity, QueueRecord, QueueTotals } from "../storage.ts";
import { minuteOf, noCounts } from "../tally.ts";
import type { Database } from "./database.ts";
import type { Rows } from "./link.ts";
import { ACTIVITY, COUNTERS } from "./queue-deltas.ts";
import { AVAILABLE } from "./states.ts";

const COLUMNS = COUNTERS.map((name) => `q.${name} + coalesce(d.${name}, 0)`).join(", ");
const SUMS = COUNTERS.map((name) => `sum(d.${name})::bigint AS ${name}`).join(", ");
const QUEUES = `
  SELECT q.name, q.created_at, q.paused_at, ${COLUMNS} FROM @.queues AS q LEFT JOIN deltas AS d ON d.queue = q.name`;

const QUEUE_BY_NAME = `
  WITH deltas AS MATERIALIZED (SELECT d.queue, ${SUMS} FROM @.queue_deltas AS d WHERE d.queue = $1 GROUP BY d.queue)
  ${QUEUES} WHERE q.name = $1`;

/** The empty text sorts before every name. */
const QUEUES_AFTER = `
  WITH deltas AS MATERIALIZED (SELECT d.queue, ${SUMS} FROM @.queue_deltas AS d GROUP BY d.queue)
  ${QUEUES} WHERE q.name > $1 ORDER BY q.name LIMIT $2 OFFSET $3`;
const QUEUE_COUNT = "SELECT count(*) FROM @.queues";

const ACTIVITY_SINCE = activityWhere("queue = $1 AND minute >= $2");
const ALL_ACTIVITY_SINCE = activityWhere("minute >= $1");

function activityWhere(condition: string): string {
  return `
  SELECT ${ACTIVITY.map((name) => `coalesce(sum(a.${name}), 0)::bigint`).join(", ")} FROM (
    SELECT ${ACTIVITY.join(", ")} FROM @.queue_minutes WHERE ${condition}
    UNION ALL SELECT ${ACTIVITY.join(", ")} FROM @.queue_deltas WHERE ${condition}
  ) AS a`;
}

/** Along the index of claimable jobs: the first one that it has. */
const HEADS = `
  SELECT (SELECT j.available_at FROM @.jobs AS j WHERE j.state = ${AVAILABLE} AND j.queue = n.name AND j.lane IS NULL
    ORDER BY j.priority DESC, j.available_at, j.seq LIMIT 1)
  FROM json_array_elements_text($1::json) WITH ORDINALITY AS n (name, place) ORDER BY n.place`;

const TOTALS = `
  SELECT (SELECT count(*) FROM @.queues), ${COUNTERS.map((name) => `coalesce(sum(t.${name}), 0)::bigint`).join(", ")} FROM (
    SELECT ${COUNTERS.join(", ")} FROM @.queues UNION ALL SELECT ${COUNTERS.join(", ")} FROM @.queue_deltas
  ) AS t`;

const DEAD_LETTERS = {
  all: deadLettersOf("", ""),
  queue: deadLettersOf("WHERE name = $1", "WHERE queue = $1"),
} as const;

function deadLettersOf(base: string, deltas: string): string {
  return `
  SELECT coalesce(sum(l.dead_letters), 0)::bigint FROM (
    SELECT dead_letters FROM @.queues ${base} UNION ALL SELECT dead_letters FROM @.queue_deltas ${deltas}
  ) AS l`;
}

export async function queueByName(name: string, database: Database): Promise<QueueRecord | undefined> {
  const [row] = await database.read(QUEUE_BY_NAME, [name]);
  return row === undefined ? undefined : readQueue(row);
}

/** A page of queues, by name. */
export async function listQueues(page: PageRequest, database: Database): Promise<Page<QueueRecord>> {
  const [after] = page.after === undefined ? [""] : decodeCursor(page.after, ["string"]);
  const [rows, total] = await Promise.all([
    database.read(QUEUES_AFTER, [after, page.limit + 1, page.offset ?? 0]),
    database.value(QUEUE_COUNT),
  ]);
  return toPage(rows.map(readQueue), page.limit, Number(total), ({ name }) => [name]);
}

/** What happened in a queue from the minute of `since` on. */
export async function queueActivity(name: string, since: number, database: Database): Promise<QueueActivity> {
  const [row] = await database.read(ACTIVITY_SINCE, [name, minuteOf(since)]);
  return readActivity(row);
}

/** When the first job of each queue's plain line became available. */
export async function queueHeads(names: readonly string[], database: Database): Promise<(number | null)[]> {
  if (names.length === 0) return [];
  const rows = await database.read(HEADS, [JSON.stringify(names)]);
  return rows.map(([at]) => (at === null ? null : Number(at)));
}

/** The sums over all queues; activity from the minute of `since` on. */
export async function queueTotals(since: number, database: Database): Promise<QueueTotals> {
  const [[row = []], [activity]] = await Promise.all([
    database.read(TOTALS),
    database.read(ALL_ACTIVITY_SINCE, [minuteOf(since)]),
  ]);
  const [queues, ...numbers] = row;
  return { queues: Number(queues), ...readCounters(numbers), activity: readActivity(activity) };
}

function readActivity(row: Rows[number] = []): QueueActivity {
  const [started, completed, failed, waitMs, runMs] = row.map(Number) as [number, number, number, number, number]; // ACTIVITY
  return { started, completed, failed, waitMs, runMs };
}

/** How many dead letters there are, in one queue or in all. */
export async function countDeadLetters(queue: string | undefined, database: Database): Promise<number> {
  const sum = queue === undefined ? database.value(DEAD_LETTERS.all) : database.value(DEAD_LETTERS.queue, [queue]);
  return Number(await sum);
}

function readQueue(row: Rows[number]): QueueRecord {
  const [name, createdAt, pausedAt, ...numbers] = row;
  return {
    name: String(name),
    createdAt: Number(createdAt),
    pausedAt: pausedAt === null ? null : Number(pausedAt),
    ...readCounters(numbers),
  };
}

function readCounters(numbers: Rows[number]): Pick<QueueRecord, "counts" | "deadLetters"> {
  const counts = noCounts();
  JOB_STATES.forEach((state, index) => {
    counts[state] = Number(numbers[index]);
  });
  return { counts, deadLetters: Number(numbers[JOB_STATES.length]) };
}
