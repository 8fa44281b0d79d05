/** Ends that no attempt brings about: cancellation and expiry (ojs-core §5.2 `expires_at`, §7.6; timeouts §5.3). */
import { appendFailure, type Failure, failureEntry, timeLimitFailure } from "../failure.ts";
import type { JobRecord } from "../job.ts";
import { requireMove } from "../states.ts";
import { LEASE_ENDED, type Transition } from "./transition.ts";

/**
 * Cancels a job that has not ended, a running one too: its worker learns it from the next heartbeat.
 *
 * @throws OjsError `conflict` when the job has ended.
 */
export function cancel(job: JobRecord, now: number): Transition {
  requireMove(job, "cancelled", "cancel");
  return cancellation(now);
}

/** What becomes of any job that is cancelled now. */
export function cancellation(now: number): Transition {
  return {
    change: { state: "cancelled", endedAt: now, dueAt: null, ...LEASE_ENDED },
    events: ["job.cancelled"],
    failure: false,
  };
}

/** Whether a waiting job is too late to be started: by `expires_at`, or by its TTL while it was never started. */
export function hasExpired(job: JobRecord, now: number): boolean {
  return isPast(job.expiresAt, now) || (job.lease === 0 && isPast(job.startBy, now));
}

/**
 * Discards a waiting job that is too late to be started. It never becomes a dead letter, and `job.discarded` is not among
 * its events: that stands for used-up attempts (ojs-events §4.1, §10.9). The recorded error tells whoever looks at the
 * job why it was never run. A TTL that was named as one has its own event as well (ojs-timeouts §11.1).
 *
 * @throws OjsError `conflict` when the job is not waiting.
 */
export function expire(job: JobRecord, now: number): Transition {
  requireMove(job, "discarded", "expire");
  const byTime = isPast(job.expiresAt, now);
  const error = failureEntry(expiryFailure(job, byTime ? job.expiresAt : job.startBy, now), job, now);
  return {
    change: {
      state: "discarded",
      endedAt: now,
      dueAt: null,
      expired: true,
      deadLetter: false,
      errors: appendFailure(job.errors, error),
    },
    events: byTime ? ["job.expired"] : ["job.ttl_expired", "job.expired"],
    failure: false,
    error,
  };
}

function isPast(at: number | null, now: number): boolean {
  return at !== null && at <= now;
}

/** `expires_at` is core's spelling of the enqueue TTL, so it shares the error that timeouts §5.3, §8 prescribe. */
function expiryFailure(job: JobRecord, at: number | null, now: number): Failure {
  const limitMs = (at ?? now) - job.createdAt;
  return timeLimitFailure(
    { type: "enqueue_ttl_expired", message: "The job expired while it was waiting.", retryable: false },
    { kind: "enqueue_ttl", limitMs, elapsedMs: now - job.createdAt },
  );
}
