/**
 * What claiming, extending and completing a job does to its record: the three moves that the storage makes by itself.
 * Written down once, so that no two drivers lease differently.
 */
import type { JobChange, JobRecord } from "../core/job.ts";
import { stallTime } from "../core/lifecycle/claim.ts";
import { withDueAt } from "../core/lifecycle/transition.ts";
import type { Beat, Claim } from "./storage.ts";

/** The claim of an available job: a new attempt under a new lease. */
export function claimChange(job: JobRecord, claim: Claim, now: number): JobChange {
  const leaseMs = job.visibilityMs ?? claim.leaseMs;
  const leaseUntil = now + leaseMs;
  const timeoutAt = now + (job.timeoutMs ?? claim.timeoutMs);
  return {
    state: "active",
    attempt: job.attempt + 1,
    lease: job.lease + 1,
    workerId: claim.workerId,
    startedAt: now,
    leaseMs,
    leaseUntil,
    timeoutAt,
    dueAt: Math.min(leaseUntil, timeoutAt, job.endBy ?? timeoutAt),
  };
}

/** The extension of an active job's lease. The execution timeout stays where the claim put it. */
export function extendChange(job: JobRecord, visibilityMs: number | undefined, now: number): JobChange {
  const leaseMs = visibilityMs ?? job.leaseMs ?? 0;
  const leaseUntil = now + leaseMs;
  const stallAt = stallTime(job, now);
  return withDueAt(job, { leaseMs, leaseUntil, stallAt });
}

/** The plain end of a successful attempt. Who ran it and under which lease stays on the job: replays are told by it. */
export function completeChange(result: string | null, now: number): JobChange {
  return {
    state: "completed",
    endedAt: now,
    result,
    expiries: 0,
    dueAt: null,
    leaseMs: null,
    leaseUntil: null,
    timeoutAt: null,
    stallAt: null,
  };
}

/** Whether a job that a worker lists in its heartbeat is still held by that worker. */
export function isHeld(job: JobRecord, worker: string, listed: Beat["jobs"][number]): boolean {
  if (job.state !== "active" || !isWorkerOf(job, worker)) return false;
  return listed.lease === undefined || listed.lease === job.lease;
}

/** Whether a job that a worker lists but lost was taken from it by a cancellation. */
export function isCancelledUnder(job: JobRecord, worker: string): boolean {
  return job.state === "cancelled" && isWorkerOf(job, worker);
}

function isWorkerOf(job: JobRecord, worker: string): boolean {
  return job.workerId === null || job.workerId === worker;
}
