/**
 * New jobs as the rows that a statement inserts. What nearly all of them have in common is left out, and is the default of its
 * column: that halves what travels, and what the server has to take apart.
 */
import type { JobRecord } from "../../core/job.ts";
import { type Column, JOB_COLUMNS, type JsonValue } from "./job-row.ts";
import { AVAILABLE, stateNumber } from "./states.ts";
import { toColumn } from "./storable-text.ts";

const ATTEMPTS = 3;

/** In SQL; `$1` is the time. */
const DEFAULTS: Readonly<Partial<Record<Column, string>>> = {
  state: `${AVAILABLE}`,
  priority: "0",
  max_attempts: `${ATTEMPTS}`,
  created_at: "$1::bigint",
  available_at: "$1::bigint",
  enqueued_at: "$1::bigint",
  meta: "'{}'",
  attributes: "'{}'",
  attempt: "0",
  returned: "0",
  expiries: "0",
  lease: "0",
  dead_letter: "false",
  expired: "false",
};

/** The values of `JOB_COLUMNS`, out of a record with the columns of {@link NewJobRow}. */
export function newJobValues(record: string): string {
  const defaults: Readonly<Record<string, string | undefined>> = DEFAULTS;
  return JOB_COLUMNS.map((name) => {
    const value = defaults[name];
    return value === undefined ? `${record}.${name}` : `coalesce(${record}.${name}, ${value})`;
  }).join(", ");
}

/** A new job; whatever is undefined is null or the default. */
export type NewJobRow = {
  -readonly [Name in Column | "id"]: JsonValue;
} & {
  /** Its unit and its place in there, where these matter. */
  u: number | undefined;
  n: number | undefined;
  /** What must not be there: a fingerprint, in these states, created after this time. */
  alike: string | undefined;
  states: readonly number[] | undefined;
  free: number | undefined;
};

/** One literal, without copies of others: it runs for every job. */
export function newJobRow(job: JobRecord, now: number, u?: number, n?: number): NewJobRow {
  return {
    id: job.id,
    queue: job.queue,
    type: toColumn(job.type),
    args: job.args,
    meta: unless("{}", job.meta),
    attributes: unless("{}", job.attributes),
    state: unless(AVAILABLE, stateNumber(job.state)),
    priority: unless(0, job.priority),
    max_attempts: unless(ATTEMPTS, job.maxAttempts),
    created_at: unless(now, job.createdAt),
    available_at: unless(now, job.availableAt),
    enqueued_at: unless(now, job.enqueuedAt),
    timeout_ms: unless(null, job.timeoutMs),
    visibility_ms: unless(null, job.visibilityMs),
    heartbeat_ms: unless(null, job.heartbeatMs),
    expires_at: unless(null, job.expiresAt),
    due_at: unless(null, job.dueAt),
    digest: job.digest === null ? undefined : toColumn(job.digest),
    cron: unless(null, job.cron),
    fingerprint: unless(null, job.fingerprint),
    workflow_id: unless(null, job.workflowId),
    workflow_step: unless(null, job.workflowStep),
    lane: unless(null, job.lane),
    start_by: unless(null, job.startBy),
    end_by: unless(null, job.endBy),
    // Of a job that has a past.
    started_at: unless(null, job.startedAt),
    ended_at: unless(null, job.endedAt),
    attempt: unless(0, job.attempt),
    returned: unless(0, job.returned),
    expiries: unless(0, job.expiries),
    lease: unless(0, job.lease),
    worker_id: job.workerId === null ? undefined : toColumn(job.workerId),
    lease_ms: unless(null, job.leaseMs),
    lease_until: unless(null, job.leaseUntil),
    timeout_at: unless(null, job.timeoutAt),
    stall_at: unless(null, job.stallAt),
    retry_delay_ms: unless(null, job.retryDelayMs),
    dead_letter: unless(false, job.deadLetter),
    expired: unless(false, job.expired),
    errors: unless(null, job.errors),
    result: unless(null, job.result),
    u,
    n,
    alike: undefined,
    states: undefined,
    free: undefined,
  };
}

function unless<Value>(usual: Value, value: Value): Value | undefined {
  return value === usual ? undefined : value;
}
