/** Goes through jobs, each stretch along one index. */
import type { JobRecord } from "../../core/job.ts";
import { FINISHED_KINDS, type FinishedKind } from "../../core/retention.ts";
import { WAITING_STATES, type WaitingState } from "../../core/states.ts";
import { type CursorPart, decodeCursor, encodeCursor } from "../cursor.ts";
import type { JobSet, Stretch } from "../walk.ts";
import type { SqlValue } from "./connection.ts";
import type { Database } from "./database.ts";
import { JOB_JSON, readJob } from "./job-row.ts";
import { ACTIVE, AVAILABLE, FINISHED, stateNumber } from "./schema.ts";

const JOBS = `SELECT ${JOB_JSON} FROM jobs WHERE`;

/**
 * Available jobs, lane by lane in the order of claiming, the plain line first. That order goes down and up, so what is left
 * after a job is three ranges.
 */
const FROM_THE_TOP = `
  ${JOBS} state = ${AVAILABLE} AND queue = ? ORDER BY lane, priority DESC, available_at, seq LIMIT ?`;
const SAME_PRIORITY = `
  ${JOBS} state = ${AVAILABLE} AND queue = ? AND lane IS ? AND priority = ? AND (available_at, seq) > (?, ?)
  ORDER BY available_at, seq LIMIT ?`;
const LOWER_PRIORITY = `
  ${JOBS} state = ${AVAILABLE} AND queue = ? AND lane IS ? AND priority < ?
  ORDER BY priority DESC, available_at, seq LIMIT ?`;
const LATER_LANES = `
  ${JOBS} state = ${AVAILABLE} AND queue = ? AND lane > ? ORDER BY lane, priority DESC, available_at, seq LIMIT ?`;

/** The others by insertion; binds the queue, the `seq` to start after and how many. */
const WAITING = statements(
  WAITING_STATES,
  (state) => `${JOBS} state = ${stateNumber(state)} AND queue = ? AND seq > ? ORDER BY seq LIMIT ?`,
);

/** Finished jobs by their end; binds the end and `seq` to start after, and how many. */
const ENDED = statements(
  FINISHED_KINDS,
  (kind) => `${JOBS} ${FINISHED[kind]} AND (ended_at, seq) > (?, ?) ORDER BY ended_at, seq LIMIT ?`,
);

/** What workers hold, worker by worker; binds the worker and `seq` to start after, and how many. */
const HELD = `
  ${JOBS} state = ${ACTIVE} AND worker_id IS NOT NULL AND (worker_id, seq) > (?, ?) ORDER BY worker_id, seq LIMIT ?`;

/** See `JobWalk`. */
export function walk(set: JobSet, limit: number, after: string | undefined, database: Database): Stretch {
  const read = (sql: string, values: readonly SqlValue[]): JobRecord[] => database.all(sql, values).map(readJob);
  if (set.state === "active") return walkHeld(limit, after, read);
  if (set.queue === undefined) return walkFinished(set.state, limit, after, read);
  if (set.state === "available") return walkAvailable(set.queue, limit, after, read);
  return walkWaiting(set.state, set.queue, limit, after, read);
}

/** Stands for the plain line in cursors; every lane comes after it. */
const PLAIN = "";

type Read = (sql: string, values: readonly SqlValue[]) => JobRecord[];

function walkAvailable(queue: string, limit: number, after: string | undefined, read: Read): Stretch {
  const keyOf = (job: JobRecord): CursorPart[] => [job.lane ?? PLAIN, job.priority, job.availableAt, job.seq];
  if (after === undefined) return stretchOf(read(FROM_THE_TOP, [queue, limit + 1]), limit, keyOf);
  const [text, priority, availableAt, seq] = decodeCursor(after, ["string", "number", "number", "number"]);
  const lane = text === PLAIN ? null : text;
  const jobs: JobRecord[] = [];
  const readMore = (sql: string, values: readonly SqlValue[]): void => {
    const missing = limit + 1 - jobs.length;
    if (missing > 0) jobs.push(...read(sql, [queue, ...values, missing]));
  };
  readMore(SAME_PRIORITY, [lane, priority, availableAt, seq]);
  readMore(LOWER_PRIORITY, [lane, priority]);
  readMore(LATER_LANES, [text]);
  return stretchOf(jobs, limit, keyOf);
}

function walkWaiting(
  state: Exclude<WaitingState, "available">,
  queue: string,
  limit: number,
  after: string | undefined,
  read: Read,
): Stretch {
  const [seq] = after === undefined ? [0] : decodeCursor(after, ["number"]);
  return stretchOf(read(WAITING[state], [queue, seq, limit + 1]), limit, (job) => [job.seq]);
}

function walkHeld(limit: number, after: string | undefined, read: Read): Stretch {
  const from = after === undefined ? ["", 0] : decodeCursor(after, ["string", "number"]);
  return stretchOf(read(HELD, [...from, limit + 1]), limit, (job) => [job.workerId ?? "", job.seq]);
}

function walkFinished(kind: FinishedKind, limit: number, after: string | undefined, read: Read): Stretch {
  const from = after === undefined ? [Number.MIN_SAFE_INTEGER, 0] : decodeCursor(after, ["number", "number"]);
  return stretchOf(read(ENDED[kind], [...from, limit + 1]), limit, (job) => [job.endedAt ?? 0, job.seq]);
}

/** Jobs that were read with one more than asked for, which only tells that there are more. */
function stretchOf(rows: readonly JobRecord[], limit: number, keyOf: (job: JobRecord) => CursorPart[]): Stretch {
  const jobs = rows.slice(0, limit);
  const last = jobs.at(-1);
  return rows.length <= limit || last === undefined ? { jobs } : { jobs, next: encodeCursor(keyOf(last)) };
}

function statements<K extends string>(kinds: readonly K[], write: (kind: K) => string): Readonly<Record<K, string>> {
  // Every kind gets one.
  return Object.fromEntries(kinds.map((kind) => [kind, write(kind)])) as Record<K, string>;
}
