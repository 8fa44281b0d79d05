/** Jobs that come back into their queue without a failed attempt (ojs-core §6.3; dead-letter §6.1). */
import { appendFailure, type Failure, failureEntry } from "../failure.ts";
import type { JobChange, JobRecord } from "../job.ts";
import { timeLimitsOf } from "../job-timeouts.ts";
import { policyOf } from "../retry.ts";
import { requireMove } from "../states.ts";
import { backInQueue, endOf } from "./attempt-end.ts";
import { type LifecycleContext, type Transition, withDueAt } from "./transition.ts";
import { delayOf } from "./verdict.ts";

/**
 * The worker gives the job back (shutdown, `requeue: true`): available at once, at the back of the queue, and the attempt
 * does not count. The error is only recorded, if there is one.
 *
 * @throws OjsError `conflict` when the job is not active.
 */
export function handBack(job: JobRecord, failure: Failure | null, now: number): Transition {
  requireMove(job, "available", "requeue");
  const { change, event } = backInQueue(now);
  const history = failure === null ? {} : { errors: appendFailure(job.errors, failureEntry(failure, job, now)) };
  return {
    change: withDueAt(job, { ...change, ...history, returned: job.returned + 1 }),
    events: [event],
    failure: false,
  };
}

/**
 * The handler wants to run again later (`SNOOZE`): the job waits as one does between two attempts, but this one does not
 * count, and the error history stays as it is, because nothing has failed. Without a delay of its own, the policy's.
 *
 * @throws OjsError `conflict` when the job is not active.
 */
export function snooze(job: JobRecord, failure: Failure, { now, random }: LifecycleContext): Transition {
  requireMove(job, "retryable", "requeue");
  const { change, event } = endOf({ again: true, delayMs: delayOf(job, failure, policyOf(job), random) }, now);
  return {
    change: withDueAt(job, { ...change, returned: job.returned + 1, expiries: 0 }),
    events: [event],
    failure: false,
    error: failureEntry(failure, job, now),
  };
}

/**
 * The time of a scheduled or retryable job has come. It keeps the moment that it was due as its place in the queue, so
 * that a late timer does not make it wait behind younger jobs.
 *
 * @throws OjsError `conflict` when the job is neither scheduled nor retryable.
 */
export function promote(job: JobRecord, now: number): Transition {
  requireMove(job, "available", "timer");
  return {
    change: withDueAt(job, { state: "available", enqueuedAt: now }),
    events: ["job.enqueued"],
    failure: false,
  };
}

/**
 * An operator wants the job to run again: one that failed need not wait for its next attempt; one that was given up
 * starts anew.
 *
 * @throws OjsError `conflict` when the job is neither retryable nor discarded.
 */
export function retry(job: JobRecord, now: number): Transition {
  requireMove(job, "available", "retry");
  const change =
    job.state === "discarded" ? { ...backInQueue(now).change, ...anew(job, now) } : backInQueue(now).change;
  return { change: withDueAt(job, change), events: ["job.enqueued"], failure: false };
}

/**
 * A fresh set of attempts, and TTL and total timeout counted anew: else a job that ended by them could never be brought
 * back. The error history stays; so does `expires_at`, so that a job whose time has passed expires again instead of
 * running too late.
 */
function anew(job: JobRecord, now: number): Omit<JobChange, "dueAt"> {
  const { enqueueTtlMs, totalMs } = timeLimitsOf(job);
  return {
    attempt: 0,
    returned: 0,
    expiries: 0,
    retryDelayMs: null,
    endedAt: null,
    startBy: enqueueTtlMs === null ? null : now + enqueueTtlMs,
    endBy: totalMs === null ? null : now + totalMs,
    deadLetter: false,
    expired: false,
  };
}
