/**
 * Inserting many new jobs with few statements. Crossing into a SQLite library costs more than SQLite's own work on a row:
 * fifty rows a statement, and only the columns that differ between new jobs, insert half again as many rows a second in
 * commits of 1,000 (libsql: 68,000/s one by one, 103,000/s this way) and a sixth more in commits of 50.
 */
import type { JobRecord } from "../../core/job.ts";
import type { SqlValue } from "./connection.ts";
import { columnOf } from "./job-row.ts";
import { stateNumber } from "./schema.ts";

/** Statements for this many rows are prepared; the last one must be 1. */
const SIZES = [50, 10, 1] as const;

/** What every job is born with. */
const BIRTH = {
  startedAt: null,
  endedAt: null,
  attempt: 0,
  returned: 0,
  expiries: 0,
  lease: 0,
  workerId: null,
  leaseMs: null,
  leaseUntil: null,
  timeoutAt: null,
  retryDelayMs: null,
  deadLetter: false,
  expired: false,
  errors: null,
  result: null,
  stallAt: null,
} as const satisfies Partial<JobRecord>;

const BIRTH_ENTRIES = Object.entries(BIRTH) as [keyof typeof BIRTH, (typeof BIRTH)[keyof typeof BIRTH]][];

/** The other fields, in the order of {@link addValues}. */
const OWN_FIELDS = [
  "seq",
  "id",
  "state",
  "queue",
  "type",
  "priority",
  "availableAt",
  "dueAt",
  "enqueuedAt",
  "maxAttempts",
  "timeoutMs",
  "visibilityMs",
  "expiresAt",
  "createdAt",
  "digest",
  "args",
  "meta",
  "attributes",
] as const satisfies readonly (keyof JobRecord)[];

/** Fields that few jobs have, in the order of {@link addRareValues}; a statement has them only if one of its jobs does. */
const RARE_FIELDS = [
  "cron",
  "heartbeatMs",
  "startBy",
  "endBy",
  "fingerprint",
  "workflowId",
  "workflowStep",
  "lane",
] as const satisfies readonly (keyof JobRecord)[];

/** One statement and what it binds. */
export interface Insert {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** Whether nothing has happened to the job yet, so that {@link insertsOf} can insert it. */
export function isNewborn(job: JobRecord): boolean {
  return BIRTH_ENTRIES.every(([field, value]) => job[field] === value);
}

/** The statements that insert these newborn jobs, each under the next number, unless their ids exist. */
export function* insertsOf(jobs: readonly JobRecord[], nextSeq: () => number): IterableIterator<Insert> {
  let from = 0;
  for (const size of SIZES) {
    for (; jobs.length - from >= size; from += size) {
      const rows = jobs.slice(from, from + size);
      const rare = rows.some(isRare);
      const values: SqlValue[] = [];
      for (const job of rows) {
        addValues(values, job, nextSeq);
        if (rare) addRareValues(values, job);
      }
      yield { sql: (rare ? RARE_STATEMENTS : STATEMENTS)[size], values };
    }
  }
}

type Statements = Readonly<Record<(typeof SIZES)[number], string>>;

const STATEMENTS: Statements = insertStatements(OWN_FIELDS);
const RARE_STATEMENTS: Statements = insertStatements([...OWN_FIELDS, ...RARE_FIELDS]);

function insertStatements(bound: readonly (keyof JobRecord)[]): Statements {
  return { 50: insertStatement(50, bound), 10: insertStatement(10, bound), 1: insertStatement(1, bound) };
}

function insertStatement(rows: number, bound: readonly (keyof JobRecord)[]): string {
  const columns = ["revision", ...BIRTH_ENTRIES.map(([field]) => columnOf(field)), ...bound.map(columnOf)];
  const born = BIRTH_ENTRIES.map(([, value]) => (value === null ? "NULL" : Number(value)));
  const row = `(${["1", ...born, ...bound.map(() => "?")].join(", ")})`;
  return `INSERT INTO jobs (${columns.join(", ")}) VALUES ${Array(rows).fill(row).join(", ")} ON CONFLICT (id) DO NOTHING`;
}

/** In the order of {@link OWN_FIELDS}; spelt out because it runs for every job. */
function addValues(values: SqlValue[], job: JobRecord, nextSeq: () => number): void {
  values.push(
    nextSeq(),
    job.id,
    stateNumber(job.state),
    job.queue,
    job.type,
    job.priority,
    job.availableAt,
    job.dueAt,
    job.enqueuedAt,
    job.maxAttempts,
    job.timeoutMs,
    job.visibilityMs,
    job.expiresAt,
    job.createdAt,
    job.digest,
    job.args,
    job.meta,
    job.attributes,
  );
}

function addRareValues(values: SqlValue[], job: JobRecord): void {
  const { cron, heartbeatMs, startBy, endBy, fingerprint, workflowId, workflowStep, lane } = job;
  values.push(cron, heartbeatMs, startBy, endBy, fingerprint, workflowId, workflowStep, lane);
}

function isRare(job: JobRecord): boolean {
  return RARE_FIELDS.some((field) => job[field] !== null);
}
