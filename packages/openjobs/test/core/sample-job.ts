/** Jobs for tests of core, in the state that a test needs. */

import { readFailure } from "../../src/core/failure.ts";
import type { JobRecord, JobState } from "../../src/core/job.ts";
import type { NewJob } from "../../src/core/job-request.ts";
import { cancel } from "../../src/core/lifecycle/end.ts";
import { newJob } from "../../src/core/lifecycle/enqueue.ts";
import { failAttempt } from "../../src/core/lifecycle/fail.ts";
import { type ClaimTerms, claimChange, complete, extendChange } from "../../src/core/lifecycle/lease.ts";
import type { Transition } from "../../src/core/lifecycle/transition.ts";
import { requireMove } from "../../src/core/states.ts";

/** 2026-01-01T00:00:00Z. */
export const START = 1_767_225_600_000;
export const JOB_ID = "019b76da-a800-7000-8000-000000000001";
export const TERMS = { workerId: "worker-1", leaseMs: 30_000, timeoutMs: 60_000 } as const;

/** A checked request with nothing but the necessary. */
export function sampleRequest(overrides: Partial<NewJob> = {}): NewJob {
  return {
    id: null,
    type: "email.send",
    queue: "email",
    args: '["a@example.com"]',
    meta: "{}",
    attributes: "{}",
    maxAttempts: 3,
    timeoutMs: null,
    visibilityMs: null,
    graceMs: 0,
    totalMs: null,
    enqueueTtlMs: null,
    heartbeatMs: null,
    expiresAt: null,
    priority: 0,
    scheduledAt: null,
    pending: false,
    cron: null,
    lane: null,
    unique: null,
    source: "{}",
    ...overrides,
  };
}

/** Attributes text with this wire retry policy. */
export function withRetry(retry: Record<string, unknown>): string {
  return JSON.stringify({ retry });
}

/** A job that was enqueued at {@link START}. */
export function waitingJob(overrides: Partial<NewJob> = {}): JobRecord {
  return newJob(sampleRequest(overrides), { id: JOB_ID, digest: null, fingerprint: null }, START).job;
}

/** A job in its first attempt, claimed at {@link START}. */
export function activeJob(overrides: Partial<NewJob> = {}): JobRecord {
  const job = waitingJob(overrides);
  return apply(job, claim(job, TERMS, START));
}

/** What a storage does to a job that a worker claims, as a move along the table. */
export function claim(job: JobRecord, terms: ClaimTerms, now: number): Transition {
  requireMove(job, "active", "fetch");
  return { change: claimChange(job, terms, now), events: ["job.started"], failure: false };
}

/** What a storage does to a job that is in a worker's heartbeat. */
export function extend(job: JobRecord, now: number, visibilityMs?: number): Transition {
  return { change: extendChange(job, visibilityMs, now), events: ["job.heartbeat"], failure: false };
}

/** The job after the transition. */
export function apply(job: JobRecord, transition: Transition): JobRecord {
  return { ...job, ...transition.change, revision: job.revision + 1 };
}

/** A job in any state, brought there by legal moves. */
export function jobIn(state: JobState): JobRecord {
  return MAKERS[state]();
}

/** Time and chance of a test: the middle of the jitter. */
export function at(now: number): { now: number; random: () => number } {
  return { now, random: () => 0.5 };
}

const MAKERS: Readonly<Record<JobState, () => JobRecord>> = {
  scheduled: () => waitingJob({ scheduledAt: START + 60_000 }),
  available: () => waitingJob(),
  pending: () => waitingJob({ pending: true }),
  active: () => activeJob(),
  completed: () => moved(activeJob(), (job) => complete(job, "null", START)),
  retryable: () => moved(activeJob(), (job) => failAttempt(job, readFailure("broken"), at(START))),
  cancelled: () => moved(waitingJob(), (job) => cancel(job, START)),
  discarded: () => moved(activeJob({ maxAttempts: 1 }), (job) => failAttempt(job, readFailure("broken"), at(START))),
};

function moved(job: JobRecord, move: (job: JobRecord) => Transition): JobRecord {
  return apply(job, move(job));
}
