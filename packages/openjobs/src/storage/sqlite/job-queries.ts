/** Reads of jobs; each is a walk along one index. */
import type { JobRecord } from "../../core/job.ts";
import { decodeCursor, toPage } from "../cursor.ts";
import type { Page, PageRequest } from "../storage.ts";
import type { SqlValue } from "./connection.ts";
import type { Database } from "./database.ts";
import { JOB_JSON, readJob } from "./job-row.ts";
import type { QueueLedger } from "./queue-ledger.ts";
import { ACTIVE, DISCARDED, OPEN } from "./schema.ts";

const DUE_JOBS = `SELECT ${JOB_JSON} FROM jobs WHERE due_at <= ? ORDER BY due_at, seq LIMIT ?`;
const NEXT_DUE = "SELECT due_at FROM jobs WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1";
const LEASED_JOBS = `SELECT ${JOB_JSON} FROM jobs WHERE state = ${ACTIVE} AND worker_id = ?`;

const OPEN_OF_CRON = `SELECT ${JOB_JSON} FROM jobs WHERE cron = ? AND ${OPEN} ORDER BY seq LIMIT ?`;

const DEAD = `state = ${DISCARDED} AND dead_letter = 1`;
const NEWEST_FIRST = "ORDER BY ended_at DESC, seq DESC LIMIT ? OFFSET ?";

/** Binds, in this order: the queue, the position of the page before, the page's size and offset. */
const DEAD_LETTERS = {
  all: `SELECT ${JOB_JSON} FROM jobs WHERE ${DEAD} ${NEWEST_FIRST}`,
  allAfter: `SELECT ${JOB_JSON} FROM jobs WHERE ${DEAD} AND (ended_at, seq) < (?, ?) ${NEWEST_FIRST}`,
  queue: `SELECT ${JOB_JSON} FROM jobs WHERE ${DEAD} AND queue = ? ${NEWEST_FIRST}`,
  queueAfter: `SELECT ${JOB_JSON} FROM jobs WHERE ${DEAD} AND queue = ? AND (ended_at, seq) < (?, ?) ${NEWEST_FIRST}`,
} as const;

/** Jobs whose time has come, soonest first. */
export function dueJobs(now: number, limit: number, database: Database): JobRecord[] {
  return database.all(DUE_JOBS, [now, limit]).map(readJob);
}

/** When the next job is due. */
export function nextDue(database: Database): number | undefined {
  const due = database.value(NEXT_DUE);
  return due === null ? undefined : Number(due);
}

/** Active jobs of a worker. */
export function leasedBy(workerId: string, database: Database): JobRecord[] {
  return database.all(LEASED_JOBS, [workerId]).map(readJob);
}

/** Jobs of a cron job that have not ended. */
export function openOfCron(cron: string, limit: number, database: Database): JobRecord[] {
  return database.all(OPEN_OF_CRON, [cron, limit]).map(readJob);
}

/** A page of dead letters, the most recently ended first. */
export function deadLetters(
  queue: string | undefined,
  page: PageRequest,
  database: Database,
  ledger: QueueLedger,
): Page<JobRecord> {
  const position: SqlValue[] = page.after === undefined ? [] : decodeCursor(page.after, ["number", "number"]);
  const rows = database
    .all(deadLetterStatement(queue, page), [
      ...(queue === undefined ? [] : [queue]),
      ...position,
      page.limit + 1,
      page.offset ?? 0,
    ])
    .map(readJob);
  return toPage(rows, page.limit, ledger.deadLetters(queue), (job) => [job.endedAt ?? 0, job.seq]);
}

function deadLetterStatement(queue: string | undefined, { after }: PageRequest): string {
  if (queue === undefined) return after === undefined ? DEAD_LETTERS.all : DEAD_LETTERS.allAfter;
  return after === undefined ? DEAD_LETTERS.queue : DEAD_LETTERS.queueAfter;
}
