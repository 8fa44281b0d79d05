/** Goes through jobs, each stretch along one index. */
import type { JobRecord } from "../../core/job.ts";
import { FINISHED_KINDS, type FinishedKind } from "../../core/retention.ts";
import { WAITING_STATES, type WaitingState } from "../../core/states.ts";
import { type CursorPart, decodeCursor, encodeCursor } from "../cursor.ts";
import type { JobSet, Stretch } from "../walk.ts";
import type { Database } from "./database.ts";
import { jobColumns, readJob } from "./job-row.ts";
import type { SqlValue } from "./library.ts";
import { ACTIVE, AVAILABLE, FINISHED, stateNumber } from "./states.ts";

const JOBS = `SELECT ${jobColumns("j")} FROM @.jobs AS j WHERE`;

/**
 * Available jobs, lane by lane in the order of claiming, the plain line first. Each binds the queue and how many; what is left
 * after a job is up to four ranges.
 */
const WAITS = `${JOBS} state = ${AVAILABLE} AND queue = $1 AND`;
const IN_ORDER = "ORDER BY priority DESC, available_at, seq LIMIT $2";
const PLAIN_LINE = {
  all: `${WAITS} lane IS NULL ${IN_ORDER}`,
  samePriority: `${WAITS} lane IS NULL AND priority = $3 AND (available_at, seq) > ($4, $5) ${IN_ORDER}`,
  lowerPriority: `${WAITS} lane IS NULL AND priority < $3 ${IN_ORDER}`,
};
const LANES = {
  samePriority: `${WAITS} lane = $3 AND priority = $4 AND (available_at, seq) > ($5, $6) ${IN_ORDER}`,
  lowerPriority: `${WAITS} lane = $3 AND priority < $4 ${IN_ORDER}`,
  later: `${WAITS} lane > $3 ORDER BY lane, priority DESC, available_at, seq LIMIT $2`,
};

/** The others by insertion; binds the queue, how many, and the `seq` to start after. */
const WAITING = statements(
  WAITING_STATES,
  (state) => `${JOBS} state = ${stateNumber(state)} AND queue = $1 AND seq > $3 ORDER BY seq LIMIT $2`,
);

/** Finished jobs by their end; binds the end and `seq` to start after, and how many. */
const ENDED = statements(
  FINISHED_KINDS,
  (kind) => `${JOBS} ${FINISHED[kind]} AND (ended_at, seq) > ($1, $2) ORDER BY ended_at, seq LIMIT $3`,
);

/** What workers hold, worker by worker; binds the worker and `seq` to start after, and how many. */
const HELD = `${JOBS} state = ${ACTIVE} AND worker_id IS NOT NULL AND (worker_id, seq) > ($1, $2)
  ORDER BY worker_id, seq LIMIT $3`;

/** Stands for the plain line in cursors; every lane comes after it. */
const PLAIN = "";

type Read = (sql: string, values: readonly SqlValue[]) => Promise<JobRecord[]>;

/** See `JobWalk`. */
export function walk(set: JobSet, limit: number, after: string | undefined, database: Database): Promise<Stretch> {
  const read: Read = async (sql, values) => (await database.read(sql, values)).map(readJob);
  if (set.state === "active") return walkHeld(limit, after, read);
  if (set.queue === undefined) return walkFinished(set.state, limit, after, read);
  if (set.state === "available") return walkAvailable(set.queue, limit, after, read);
  return walkWaiting(set.state, set.queue, limit, after, read);
}

async function walkAvailable(queue: string, limit: number, after: string | undefined, read: Read): Promise<Stretch> {
  const jobs: JobRecord[] = [];
  const readMore = async (sql: string, values: readonly SqlValue[]): Promise<void> => {
    const missing = limit + 1 - jobs.length;
    if (missing > 0) jobs.push(...(await read(sql, [queue, missing, ...values])));
  };
  const [lane, ...place] =
    after === undefined ? [PLAIN] : decodeCursor(after, ["string", "number", "number", "number"]);
  if (place.length === 0) await readMore(PLAIN_LINE.all, []);
  else if (lane === PLAIN) {
    await readMore(PLAIN_LINE.samePriority, place);
    await readMore(PLAIN_LINE.lowerPriority, place.slice(0, 1));
  } else {
    await readMore(LANES.samePriority, [lane, ...place]);
    await readMore(LANES.lowerPriority, [lane, ...place.slice(0, 1)]);
  }
  await readMore(LANES.later, [lane]);
  return stretchOf(jobs, limit, (job) => [job.lane ?? PLAIN, job.priority, job.availableAt, job.seq]);
}

async function walkWaiting(
  state: Exclude<WaitingState, "available">,
  queue: string,
  limit: number,
  after: string | undefined,
  read: Read,
): Promise<Stretch> {
  const [seq] = after === undefined ? [0] : decodeCursor(after, ["number"]);
  return stretchOf(await read(WAITING[state], [queue, limit + 1, seq]), limit, (job) => [job.seq]);
}

async function walkHeld(limit: number, after: string | undefined, read: Read): Promise<Stretch> {
  const from = after === undefined ? ["", 0] : decodeCursor(after, ["string", "number"]);
  return stretchOf(await read(HELD, [...from, limit + 1]), limit, (job) => [job.workerId ?? "", job.seq]);
}

async function walkFinished(
  kind: FinishedKind,
  limit: number,
  after: string | undefined,
  read: Read,
): Promise<Stretch> {
  const from = after === undefined ? [Number.MIN_SAFE_INTEGER, 0] : decodeCursor(after, ["number", "number"]);
  return stretchOf(await read(ENDED[kind], [...from, limit + 1]), limit, (job) => [job.endedAt ?? 0, job.seq]);
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
