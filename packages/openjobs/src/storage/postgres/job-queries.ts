/** Reads of jobs; each is a walk along one index. */
import type { JobRecord } from "../../core/job.ts";
import { decodeCursor, toPage } from "../cursor.ts";
import type { Page, PageRequest } from "../storage.ts";
import type { Database } from "./database.ts";
import { isJobId } from "./job-ids.ts";
import { jobColumns, readJob } from "./job-row.ts";
import type { SqlValue } from "./library.ts";
import { countDeadLetters } from "./queue-queries.ts";
import type { Reader } from "./reader.ts";
import { ACTIVE, ENDED, FINISHED } from "./states.ts";
import { toColumn } from "./storable-text.ts";

const JOBS = `SELECT ${jobColumns("j")} FROM @.jobs AS j`;

/** Binds a JSON array of ids. */
const JOBS_BY_ID = `${JOBS} WHERE j.id = ANY (ARRAY(SELECT w.id::uuid FROM json_array_elements_text($1::json) AS w(id)))`;
const DUE_JOBS = `${JOBS} WHERE j.due_at <= $1 ORDER BY j.due_at, j.seq LIMIT $2`;
const NEXT_DUE = "SELECT due_at FROM @.jobs WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1";
const LEASED_JOBS = `${JOBS} WHERE j.state = ${ACTIVE} AND j.worker_id = $1`;
const OPEN_OF_CRON = `${JOBS} WHERE j.cron = $1 AND NOT (${ENDED}) ORDER BY j.seq LIMIT $2`;

const NEWEST_FIRST = "ORDER BY j.ended_at DESC, j.seq DESC LIMIT $1 OFFSET $2";

/** Binds the page's size and offset, then the position of the page before, then the queue. */
const DEAD_LETTERS = {
  all: `${JOBS} WHERE ${FINISHED.deadLetters} ${NEWEST_FIRST}`,
  allAfter: `${JOBS} WHERE ${FINISHED.deadLetters} AND (j.ended_at, j.seq) < ($3, $4) ${NEWEST_FIRST}`,
  queue: `${JOBS} WHERE ${FINISHED.deadLetters} AND j.queue = $3 ${NEWEST_FIRST}`,
  queueAfter: `${JOBS} WHERE ${FINISHED.deadLetters} AND j.queue = $5 AND (j.ended_at, j.seq) < ($3, $4) ${NEWEST_FIRST}`,
} as const;

/** The jobs in the order of the ids. */
export async function jobsById(ids: readonly string[], database: Reader): Promise<(JobRecord | undefined)[]> {
  const known = ids.filter(isJobId);
  const jobs = await readJobs(JOBS_BY_ID, [JSON.stringify(known)], database);
  const byId = new Map(jobs.map((job) => [job.id, job]));
  return ids.map((id) => byId.get(id));
}

/** Jobs whose time has come, soonest first. */
export function dueJobs(now: number, limit: number, database: Database): Promise<JobRecord[]> {
  return readJobs(DUE_JOBS, [now, limit], database);
}

/** When the next job is due. */
export async function nextDue(database: Database): Promise<number | undefined> {
  const due = await database.value(NEXT_DUE);
  return due === null ? undefined : Number(due);
}

/** Active jobs of a worker. */
export function leasedBy(workerId: string, database: Database): Promise<JobRecord[]> {
  return readJobs(LEASED_JOBS, [toColumn(workerId)], database);
}

/** Jobs of a cron job that have not ended. */
export function openOfCron(cron: string, limit: number, database: Database): Promise<JobRecord[]> {
  return readJobs(OPEN_OF_CRON, [toColumn(cron), limit], database);
}

/** A page of dead letters, the most recently ended first. */
export async function deadLetters(
  queue: string | undefined,
  page: PageRequest,
  database: Database,
): Promise<Page<JobRecord>> {
  const position: SqlValue[] = page.after === undefined ? [] : decodeCursor(page.after, ["number", "number"]);
  const values = [page.limit + 1, page.offset ?? 0, ...position, ...(queue === undefined ? [] : [queue])];
  const [jobs, total] = await Promise.all([
    readJobs(deadLetterStatement(queue, page), values, database),
    countDeadLetters(queue, database),
  ]);
  return toPage(jobs, page.limit, total, (job) => [job.endedAt ?? 0, job.seq]);
}

function deadLetterStatement(queue: string | undefined, { after }: PageRequest): string {
  if (queue === undefined) return after === undefined ? DEAD_LETTERS.all : DEAD_LETTERS.allAfter;
  return after === undefined ? DEAD_LETTERS.queue : DEAD_LETTERS.queueAfter;
}

async function readJobs(sql: string, values: readonly SqlValue[], database: Reader): Promise<JobRecord[]> {
  return (await database.read(sql, values)).map(readJob);
}
