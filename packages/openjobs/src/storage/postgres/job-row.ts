/** Between a job and its row. */
import type { JobChange, JobRecord } from "../../core/job.ts";
import { stateAt, stateNumber } from "./states.ts";
import { fromColumn, fromOptionalColumn, toColumn, toOptionalColumn } from "./storable-text.ts";

/** The columns of what changes, with their types. */
const PROGRESS = {
  state: "smallint",
  priority: "integer",
  available_at: "bigint",
  due_at: "bigint",
  enqueued_at: "bigint",
  started_at: "bigint",
  ended_at: "bigint",
  attempt: "bigint",
  returned: "integer",
  expiries: "integer",
  lease: "bigint",
  worker_id: "text",
  lease_ms: "bigint",
  lease_until: "bigint",
  timeout_at: "bigint",
  retry_delay_ms: "double precision",
  dead_letter: "boolean",
  expired: "boolean",
  errors: "text",
  result: "text",
  stall_at: "bigint",
  start_by: "bigint",
  end_by: "bigint",
} as const;

/** The columns of what the producer said. */
const REQUEST = {
  queue: "text",
  type: "text",
  max_attempts: "integer",
  timeout_ms: "bigint",
  visibility_ms: "bigint",
  expires_at: "bigint",
  created_at: "bigint",
  digest: "text",
  args: "text",
  meta: "text",
  attributes: "text",
  cron: "text",
  heartbeat_ms: "bigint",
  fingerprint: "text",
  workflow_id: "text",
  workflow_step: "integer",
  lane: "text",
} as const;

type ProgressColumn = keyof typeof PROGRESS;
/** A column of a job. */
export type Column = ProgressColumn | keyof typeof REQUEST;

export const PROGRESS_COLUMNS = Object.keys(PROGRESS) as readonly ProgressColumn[]; // its own keys

/** The columns of a new job, but for `seq` and `revision`. */
export const JOB_COLUMNS: readonly string[] = ["id", ...Object.keys(REQUEST), ...PROGRESS_COLUMNS];

/** Names and types of {@link JOB_COLUMNS}, for `json_to_recordset`. */
export const JOB_COLUMN_TYPES: string = typesOf({ id: "uuid", ...REQUEST, ...PROGRESS });
/** The same of what changes. */
export const PROGRESS_TYPES: string = typesOf(PROGRESS);

function typesOf(columns: Readonly<Record<string, string>>): string {
  return Object.entries(columns)
    .map(([name, type]) => `${name} ${type}`)
    .join(", ");
}

/** What to select for {@link readJob}. */
export function jobColumns(table: string): string {
  return READ_COLUMNS.map((name) => `${table}.${name}`).join(", ");
}

const READ_COLUMNS = ["seq", "revision", ...JOB_COLUMNS];

/** How many columns {@link jobColumns} selects. */
export const JOB_WIDTH: number = READ_COLUMNS.length;

/** A row of {@link jobColumns}, or the same as a JSON array. */
type JobRow = [
  seq: number,
  revision: number,
  id: string,
  queue: string,
  type: string,
  maxAttempts: number,
  timeoutMs: number | null,
  visibilityMs: number | null,
  expiresAt: number | null,
  createdAt: number,
  digest: string | null,
  args: string,
  meta: string,
  attributes: string,
  cron: string | null,
  heartbeatMs: number | null,
  fingerprint: string | null,
  workflowId: string | null,
  workflowStep: number | null,
  lane: string | null,
  state: number,
  priority: number,
  availableAt: number,
  dueAt: number | null,
  enqueuedAt: number,
  startedAt: number | null,
  endedAt: number | null,
  attempt: number,
  returned: number,
  expiries: number,
  lease: number,
  workerId: string | null,
  leaseMs: number | null,
  leaseUntil: number | null,
  timeoutAt: number | null,
  retryDelayMs: number | null,
  deadLetter: boolean,
  expired: boolean,
  errors: string | null,
  result: string | null,
  stallAt: number | null,
  startBy: number | null,
  endBy: number | null,
];

/** Positions, because it runs for every job and a loop over names takes three times as long. */
export function readJob(columns: readonly unknown[]): JobRecord {
  const row = columns as unknown as JobRow; // jobColumns selects exactly this
  return {
    seq: row[0],
    revision: row[1],
    id: row[2],
    queue: row[3],
    type: fromColumn(row[4]),
    maxAttempts: row[5],
    timeoutMs: row[6],
    visibilityMs: row[7],
    expiresAt: row[8],
    createdAt: row[9],
    digest: fromOptionalColumn(row[10]),
    args: row[11],
    meta: row[12],
    attributes: row[13],
    cron: row[14],
    heartbeatMs: row[15],
    fingerprint: row[16],
    workflowId: row[17],
    workflowStep: row[18],
    lane: row[19],
    state: stateAt(row[20]),
    priority: row[21],
    availableAt: row[22],
    dueAt: row[23],
    enqueuedAt: row[24],
    startedAt: row[25],
    endedAt: row[26],
    attempt: row[27],
    returned: row[28],
    expiries: row[29],
    lease: row[30],
    workerId: fromOptionalColumn(row[31]),
    leaseMs: row[32],
    leaseUntil: row[33],
    timeoutAt: row[34],
    retryDelayMs: row[35],
    deadLetter: row[36],
    expired: row[37],
    errors: row[38],
    result: row[39],
    stallAt: row[40],
    startBy: row[41],
    endBy: row[42],
  };
}

/** A value in a JSON text of rows; undefined leaves it out. */
export type JsonValue = string | number | boolean | null | undefined;

/** What of a job changes, by column. */
export function progressRow(job: JobRecord): Partial<Record<ProgressColumn, JsonValue>> {
  return {
    state: stateNumber(job.state),
    priority: job.priority,
    available_at: job.availableAt,
    due_at: job.dueAt ?? undefined,
    enqueued_at: job.enqueuedAt,
    retry_delay_ms: job.retryDelayMs ?? undefined,
    dead_letter: job.deadLetter || undefined,
    expired: job.expired || undefined,
    errors: job.errors ?? undefined,
    result: job.result ?? undefined,
    start_by: job.startBy ?? undefined,
    end_by: job.endBy ?? undefined,
    ...attemptRow(job),
  };
}

/** Nothing at all of a job that was never claimed, as nearly all new ones. */
function attemptRow(job: JobRecord): Partial<Record<ProgressColumn, JsonValue>> {
  return {
    started_at: job.startedAt ?? undefined,
    ended_at: job.endedAt ?? undefined,
    attempt: job.attempt || undefined,
    returned: job.returned || undefined,
    expiries: job.expiries || undefined,
    lease: job.lease || undefined,
    worker_id: toOptionalColumn(job.workerId) ?? undefined,
    lease_ms: job.leaseMs ?? undefined,
    lease_until: job.leaseUntil ?? undefined,
    timeout_at: job.timeoutAt ?? undefined,
    stall_at: job.stallAt ?? undefined,
  };
}

/** The fields of a change, by column. */
export function changeRow(change: JobChange): Record<string, JsonValue> {
  const entries = Object.entries(change) as [keyof JobChange, JobChange[keyof JobChange]][]; // it has no other fields
  return Object.fromEntries(entries.map(([field, value]) => [columnOf(field), storedField(field, value)]));
}

/** `availableAt` is stored as `available_at`. */
export function columnOf(field: keyof JobRecord): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function storedField(field: keyof JobChange, value: JobChange[keyof JobChange]): JsonValue {
  if (field === "state") return value === undefined ? undefined : stateNumber(value as JobRecord["state"]); // its type
  return field === "workerId" && typeof value === "string" ? toColumn(value) : value;
}
