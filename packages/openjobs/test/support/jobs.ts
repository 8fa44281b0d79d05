/** Builders for job records in tests: say what matters, get a plausible rest. */
import type { JobRecord } from "../../src/core/job.ts";

/** The moment at which tests begin: a full minute, long past 32-bit seconds times two. */
export const T0: number = Date.UTC(2026, 0, 1);

/** A job id that is a valid UUIDv7 and says which job it is. */
export function jobId(number: number): string {
  return `019b76da-a800-7000-8000-${number.toString(16).padStart(12, "0")}`;
}

let built = 0;

/** A job that was just accepted and waits in queue `default`; every call gives another id. */
export function aJob(fields: Partial<JobRecord> = {}): JobRecord {
  built += 1;
  return {
    id: jobId(built),
    type: "email.send",
    queue: "default",
    args: '["a@example.com"]',
    meta: "{}",
    attributes: "{}",
    digest: null,
    fingerprint: null,
    maxAttempts: 3,
    timeoutMs: null,
    heartbeatMs: null,
    visibilityMs: null,
    expiresAt: null,
    createdAt: T0,
    cron: null,
    lane: null,
    workflowId: null,
    workflowStep: null,
    state: "available",
    priority: 0,
    availableAt: T0,
    dueAt: fields.expiresAt ?? null,
    enqueuedAt: T0,
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
    stallAt: null,
    startBy: null,
    endBy: null,
    errors: null,
    result: null,
    retryDelayMs: null,
    deadLetter: false,
    expired: false,
    seq: 0,
    revision: 0,
    ...fields,
  };
}

/** A job that waits for its time: in 10 s unless said otherwise. */
export function aScheduledJob(fields: Partial<JobRecord> = {}): JobRecord {
  const at = fields.availableAt ?? T0 + 10_000;
  return aJob({ state: "scheduled", availableAt: at, dueAt: at, ...fields });
}

/** A job that has used up its attempts and is kept in the dead letter queue. */
export function aDeadLetter(fields: Partial<JobRecord> = {}): JobRecord {
  return aJob({ state: "discarded", deadLetter: true, attempt: 3, lease: 3, endedAt: T0, ...fields });
}
