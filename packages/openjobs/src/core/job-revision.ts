/**
 * Copies of a job: what a store keeps of a new one, and what a change makes of one. Field by field, in the order of
 * `lifecycle/enqueue.ts`, so that all records have one shape. `{ ...job, ...change }` took V8 (Node 20) 1.5 to 3 µs, ten times
 * as long: it copies frozen records slowly, and freezes copies made in that way slowly.
 */
import type { JobChange, JobRecord } from "./job.ts";

const NO_CHANGE: JobChange = {};

/** The job under the number that its store gave it, at its first revision. */
export function firstRevision(job: JobRecord, seq: number): JobRecord {
  return copyOf(job, NO_CHANGE, seq, 1);
}

/** The job after one more change. */
export function nextRevision(job: JobRecord, change: JobChange): JobRecord {
  return copyOf(job, change, job.seq, job.revision + 1);
}

function copyOf(job: JobRecord, change: JobChange, seq: number, revision: number): JobRecord {
  return {
    id: job.id,
    type: job.type,
    queue: job.queue,
    args: job.args,
    meta: job.meta,
    attributes: job.attributes,
    digest: job.digest,
    fingerprint: job.fingerprint,
    maxAttempts: job.maxAttempts,
    timeoutMs: job.timeoutMs,
    heartbeatMs: job.heartbeatMs,
    visibilityMs: job.visibilityMs,
    expiresAt: job.expiresAt,
    createdAt: job.createdAt,
    cron: job.cron,
    lane: job.lane,
    workflowId: job.workflowId,
    workflowStep: job.workflowStep,
    state: changed(change.state, job.state),
    priority: changed(change.priority, job.priority),
    availableAt: changed(change.availableAt, job.availableAt),
    dueAt: changed(change.dueAt, job.dueAt),
    enqueuedAt: changed(change.enqueuedAt, job.enqueuedAt),
    startedAt: changed(change.startedAt, job.startedAt),
    endedAt: changed(change.endedAt, job.endedAt),
    attempt: changed(change.attempt, job.attempt),
    returned: changed(change.returned, job.returned),
    expiries: changed(change.expiries, job.expiries),
    lease: changed(change.lease, job.lease),
    workerId: changed(change.workerId, job.workerId),
    leaseMs: changed(change.leaseMs, job.leaseMs),
    leaseUntil: changed(change.leaseUntil, job.leaseUntil),
    timeoutAt: changed(change.timeoutAt, job.timeoutAt),
    stallAt: changed(change.stallAt, job.stallAt),
    startBy: changed(change.startBy, job.startBy),
    endBy: changed(change.endBy, job.endBy),
    errors: changed(change.errors, job.errors),
    result: changed(change.result, job.result),
    retryDelayMs: changed(change.retryDelayMs, job.retryDelayMs),
    deadLetter: changed(change.deadLetter, job.deadLetter),
    expired: changed(change.expired, job.expired),
    seq,
    revision,
  };
}

/** A field after a change. Null is a value; only undefined leaves it as it was. */
export function changed<V>(after: V | undefined, before: V): V {
  return after === undefined ? before : after;
}
