/** A worker takes a job, keeps it, and finishes it (ojs-core §7.2, §7.3; worker-protocol §5). */
import type { JobRecord, JsonText } from "../job.ts";
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

/**
 * Hands an available job to a worker under a new lease: what every driver's claim has to do to a job.
 *
 * @throws OjsError `conflict` when the job is not available.
 */
export function claim(job: JobRecord, terms: ClaimTerms, now: number): Transition {
  requireMove(job, "active", "fetch");
  const leaseMs = job.visibilityMs ?? terms.leaseMs;
  return {
    change: withDueAt(job, {
      state: "active",
      attempt: job.attempt + 1,
      lease: job.lease + 1,
      startedAt: now,
      workerId: terms.workerId,
      leaseMs,
      leaseUntil: now + leaseMs,
      timeoutAt: now + (job.timeoutMs ?? terms.timeoutMs),
    }),
    events: ["job.started"],
    failure: false,
  };
}

/**
 * Extends the lease of a running job, by its own length unless another one is asked for. The execution timeout stays
 * where it is: a heartbeat proves that the worker lives, not that the job makes progress.
 */
export function extend(job: JobRecord, now: number, visibilityMs?: number): Transition {
  // A lease can be extended exactly as long as the job could still be finished under it.
  requireMove(job, "completed", "ack");
  const leaseMs = visibilityMs ?? job.leaseMs ?? 0;
  return {
    change: withDueAt(job, { leaseMs, leaseUntil: now + leaseMs, stallAt: stallTime(job, now) }),
    events: ["job.heartbeat"],
    failure: false,
  };
}

/** A job that names a heartbeat timeout is held to it from its first heartbeat on (ojs-timeouts §5.5). */
export function stallTime({ heartbeatMs }: Pick<JobRecord, "heartbeatMs">, now: number): number | null {
  return heartbeatMs === null ? null : now + heartbeatMs;
}

/**
 * Ends a running job successfully. Its error history stays.
 *
 * @throws OjsError `conflict` when the job is not active.
 */
export function complete(job: JobRecord, result: JsonText | null, now: number): Transition {
  requireMove(job, "completed", "ack");
  return {
    change: { state: "completed", endedAt: now, result, expiries: 0, dueAt: null, ...LEASE_ENDED },
    events: ["job.completed"],
    failure: false,
  };
}
