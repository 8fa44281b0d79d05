/** Ends that no attempt brings about: cancellation and expiry (ojs-core §5.2 `expires_at`, §7.6; timeouts §5.3). */
import { appendFailure, type Failure, failureEntry } from "../failure.ts";
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
  return {
    change: { state: "cancelled", endedAt: now, dueAt: null, ...LEASE_ENDED },
    events: ["job.cancelled"],
    failure: false,
  };
}

/**
 * Discards a waiting job because its `expires_at` has passed. It never becomes a dead letter, and `job.expired` is its
 * only event: `job.discarded` stands for used-up attempts (ojs-events §4.1, §10.9). The recorded error tells whoever
 * looks at the job why it was never run.
 *
 * @throws OjsError `conflict` when the job is not waiting.
 */
export function expire(job: JobRecord, now: number): Transition {
  requireMove(job, "discarded", "expire");
  const errors = appendFailure(job.errors, failureEntry(expiryFailure(job, now), job, now));
  return {
    change: { state: "discarded", endedAt: now, dueAt: null, expired: true, deadLetter: false, errors },
    events: ["job.expired"],
    failure: false,
  };
}

/** `expires_at` is core's spelling of the enqueue TTL, so it shares the error that timeouts §5.3, §8 prescribe. */
function expiryFailure(job: JobRecord, now: number): Failure {
  const type = "enqueue_ttl_expired";
  const limitMs = (job.expiresAt ?? now) - job.createdAt;
  const seconds = { limit_seconds: limitMs / 1000, elapsed_seconds: (now - job.createdAt) / 1000 };
  return {
    type,
    code: type,
    message: "The job expired while it was waiting.",
    retryable: false,
    action: null,
    extra: { timeout_kind: "enqueue_ttl", ...seconds },
  };
}
