/** Between a job and its row. */
import { JOB_STATES, type JobChange, type JobRecord, type JobState } from "../../core/job.ts";
import type { SqlValue } from "./connection.ts";
import { stateNumber } from "./schema.ts";

/** The fields of a job in the order in which rows are read and written. */
const FIELDS = [
  "seq",
  "revision",
  "id",
  "state",
  "queue",
  "type",
  "priority",
  "availableAt",
  "dueAt",
  "enqueuedAt",
  "startedAt",
  "endedAt",
  "attempt",
  "returned",
  "expiries",
  "lease",
  "workerId",
  "leaseMs",
  "leaseUntil",
  "timeoutAt",
  "retryDelayMs",
  "deadLetter",
  "expired",
  "maxAttempts",
  "timeoutMs",
  "visibilityMs",
  "expiresAt",
  "createdAt",
  "digest",
  "args",
  "meta",
  "attributes",
  "errors",
  "result",
  "cron",
  "heartbeatMs",
  "stallAt",
  "startBy",
  "endBy",
  "fingerprint",
  "workflowId",
  "workflowStep",
  "lane",
] as const satisfies readonly (keyof JobRecord)[];

/** `availableAt` is stored as `available_at`. */
const COLUMNS: ReadonlyMap<string, string> = new Map(
  FIELDS.map((field) => [field, field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]),
);

/** The column of a field. */
export function columnOf(field: keyof JobRecord): string {
  return COLUMNS.get(field) ?? field;
}

type Stored<V> = V extends boolean ? 0 | 1 : V extends JobState ? number : V;

type Row<Fields extends readonly (keyof JobRecord)[]> = {
  -readonly [I in keyof Fields]: Stored<JobRecord[Fields[I]]>;
};

/** A row as {@link JOB_JSON} selects it. */
type JobRow = Row<typeof FIELDS>;

const SELECTED: readonly string[] = Array.from(COLUMNS.values(), (column) => `jobs.${column}`);

/** What to select for {@link readJob}: the whole row as one JSON array. */
export const JOB_JSON: string = `json_array(${SELECTED.join(", ")})`;

/** The same for jobs that are known to be in no lane, without that column, which is the last one. */
export const PLAIN_JOB_JSON: string = `json_array(${SELECTED.slice(0, -1).join(", ")})`;

/** Reads a row that was selected as {@link JOB_JSON} or as {@link PLAIN_JOB_JSON}. */
export function readJob(value: SqlValue): JobRecord {
  // JOB_JSON and the type follow FIELDS. Positions, because a loop over FIELDS takes three times as long; in the order of
  // `core/job-revision.ts`, so that all records have one shape.
  const row = JSON.parse(String(value)) as JobRow;
  return {
    id: row[2],
    type: row[5],
    queue: row[4],
    args: row[29],
    meta: row[30],
    attributes: row[31],
    digest: row[28],
    fingerprint: row[39],
    maxAttempts: row[23],
    timeoutMs: row[24],
    heartbeatMs: row[35],
    visibilityMs: row[25],
    expiresAt: row[26],
    createdAt: row[27],
    cron: row[34],
    lane: row[42] ?? null,
    workflowId: row[40],
    workflowStep: row[41],
    state: stateOf(row[3]),
    priority: row[6],
    availableAt: row[7],
    dueAt: row[8],
    enqueuedAt: row[9],
    startedAt: row[10],
    endedAt: row[11],
    attempt: row[12],
    returned: row[13],
    expiries: row[14],
    lease: row[15],
    workerId: row[16],
    leaseMs: row[17],
    leaseUntil: row[18],
    timeoutAt: row[19],
    stallAt: row[36],
    startBy: row[37],
    endBy: row[38],
    errors: row[32],
    result: row[33],
    retryDelayMs: row[20],
    deadLetter: row[21] === 1,
    expired: row[22] === 1,
    seq: row[0],
    revision: row[1],
  };
}

function stateOf(number: number): JobState {
  const state = JOB_STATES[number];
  if (state === undefined) throw new Error(`The file holds a job in state ${number}, which does not exist.`);
  return state;
}

/** The statement that inserts a job unless its id exists; bind {@link insertValues}. */
export const INSERT_JOB: string = insertStatement();

function insertStatement(): string {
  const columns = [...COLUMNS.values()];
  const marks = columns.map(() => "?");
  return `INSERT INTO jobs (${columns.join(", ")}) VALUES (${marks.join(", ")}) ON CONFLICT (id) DO NOTHING`;
}

/**
 * What {@link INSERT_JOB} binds, in the order of FIELDS; spelt out because it runs for every job. The first revision
 * of a job is 1.
 */
export function insertValues(job: JobRecord, seq: number): SqlValue[] {
  return [
    seq,
    1,
    job.id,
    stateNumber(job.state),
    job.queue,
    job.type,
    job.priority,
    job.availableAt,
    job.dueAt,
    job.enqueuedAt,
    job.startedAt,
    job.endedAt,
    job.attempt,
    job.returned,
    job.expiries,
    job.lease,
    job.workerId,
    job.leaseMs,
    job.leaseUntil,
    job.timeoutAt,
    job.retryDelayMs,
    Number(job.deadLetter),
    Number(job.expired),
    job.maxAttempts,
    job.timeoutMs,
    job.visibilityMs,
    job.expiresAt,
    job.createdAt,
    job.digest,
    job.args,
    job.meta,
    job.attributes,
    job.errors,
    job.result,
    job.cron,
    job.heartbeatMs,
    job.stallAt,
    job.startBy,
    job.endBy,
    job.fingerprint,
    job.workflowId,
    job.workflowStep,
    job.lane,
  ];
}

/** A statement that makes a change to the job with this id if it is still at this revision, and what it binds. */
export function updateOf(before: JobRecord, change: JobChange): { sql: string; values: SqlValue[] } {
  const { assignments, values } = changeValues(change);
  return {
    sql: `UPDATE jobs SET ${assignments}revision = revision + 1 WHERE id = ? AND revision = ?`,
    values: [...values, before.id, before.revision],
  };
}

/** The assignments of a change, each with a comma behind it, and what they bind. */
export function changeValues(change: JobChange): { assignments: string; values: SqlValue[] } {
  const entries = storedChange(change);
  return {
    assignments: entries.map(([field]) => `${columnOf(field)} = ?, `).join(""),
    values: entries.map(([, value]) => value),
  };
}

/** The fields of a change, as they are stored. */
export function storedChange(change: JobChange): [field: keyof JobChange, value: SqlValue][] {
  // A change has no other fields, by its type.
  const entries = Object.entries(change) as [keyof JobChange, JobChange[keyof JobChange]][];
  return entries.map(([field, value]) => [field, stored(field, value)]);
}

function stored(field: keyof JobChange, value: JobChange[keyof JobChange]): SqlValue {
  if (field === "state") return stateNumber(value as JobState); // the type of that field
  return typeof value === "boolean" ? Number(value) : (value ?? null);
}
