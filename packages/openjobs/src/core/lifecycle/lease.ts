/**
 * A worker takes a job, keeps it, and finishes it (ojs-core §7.2, §7.3; worker-protocol §5): the three moves that a storage makes
 * by itself, without the engine having read the job. Written down once, so that no two drivers lease differently.
 */
import type { JobChange, JobRecord, JsonText } from "../job.ts";
import { requireMove } from "../states.ts";
import { LEASE_ENDED, type Transition, withDueAt } from "./transition.ts";

/** On what terms a job is claimed; a job's own visibility and timeout come first. */
export interface ClaimTerms {
  readonly workerId: string | null;
  /** Lease length for jobs that brought no visibility timeout, in milliseconds. */
  readonly leaseMs: number;
  /** Execution timeout for jobs that brought none, in milliseconds. */
  readonly timeoutMs: number;
}

/** The claim of an available job: a new attempt under a new lease. */
export function claimChange(job: JobRecord, terms: ClaimTerms, now: number): JobChange {
  const leaseMs = job.visibilityMs ?? terms.leaseMs;
  const leaseUntil = now + leaseMs;
  const timeoutAt = now + (job.timeoutMs ?? terms.timeoutMs);
  return {
    state: "active",
    attempt: job.attempt + 1,
    lease: job.lease + 1,
    workerId: terms.workerId,
    startedAt: now,
    leaseMs,
    leaseUntil,
    timeoutAt,
    // `dueAtOf` of what it becomes, without looking at what no claimed job has.
    dueAt: Math.min(leaseUntil, timeoutAt, job.endBy ?? timeoutAt),
  };
}

/**
 * The extension of an active job's lease, by its own length unless another one is asked for. The execution timeout stays where
 * the claim put it: a heartbeat proves that the worker lives, not that the job makes progress. A job that names a heartbeat timeout
 * is held to it from its first heartbeat on (ojs-timeouts §5.5).
 */
export function extendChange(job: JobRecord, visibilityMs: number | undefined, now: number): JobChange {
  const leaseMs = visibilityMs ?? job.leaseMs ?? 0;
  const stallAt = job.heartbeatMs === null ? null : now + job.heartbeatMs;
  return withDueAt(job, { leaseMs, leaseUntil: now + leaseMs, stallAt });
}

/**
 * The plain end of a successful attempt. Who ran it and under which lease stays on the job: replays are told by it. So does its
 * error history.
 */
export function completeChange(result: JsonText | null, now: number): JobChange {
  return { state: "completed", endedAt: now, result, expiries: 0, dueAt: null, ...LEASE_ENDED };
}

/**
 * Ends a running job successfully.
 *
 * @throws OjsError `conflict` when the job is not active.
 */
export function complete(job: JobRecord, result: JsonText | null, now: number): Transition {
  requireMove(job, "completed", "ack");
  return { change: completeChange(result, now), events: ["job.completed"], failure: false };
}

/** Whether a job that a worker lists in its heartbeat is still held by that worker; a lease, when known, decides as well. */
export function isHeld(job: JobRecord, worker: string, { lease }: { readonly lease?: number }): boolean {
  if (job.state !== "active" || !isWorkerOf(job, worker)) return false;
  return lease === undefined || lease === job.lease;
}

/** Whether a job that a worker lists but lost was taken from it by a cancellation. */
export function isCancelledUnder(job: JobRecord, worker: string): boolean {
  return job.state === "cancelled" && isWorkerOf(job, worker);
}

function isWorkerOf(job: JobRecord, worker: string): boolean {
  return job.workerId === null || job.workerId === worker;
}
