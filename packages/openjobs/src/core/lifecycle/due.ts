/** What time does to a job. */
import type { JobRecord } from "../job.ts";
import { isTerminal } from "../states.ts";
import { expire } from "./end.ts";
import { loseLease, timeOut } from "./fail.ts";
import { promote } from "./release.ts";
import type { LifecycleContext, Transition } from "./transition.ts";

/** The move that a job has to make at `context.now`; null = none yet. One call decides one move. */
export function decideDue(job: JobRecord, context: LifecycleContext): Transition | null {
  if (isTerminal(job.state)) return null;
  return job.state === "active" ? decideActive(job, context) : decideWaiting(job, context.now);
}

/**
 * Whichever limit was passed first is the reason. When both end together, the worker has not extended its lease even
 * once, so silence is the better description.
 */
function decideActive(job: JobRecord, context: LifecycleContext): Transition | null {
  const leaseUntil = job.leaseUntil ?? Number.POSITIVE_INFINITY;
  const timeoutAt = job.timeoutAt ?? Number.POSITIVE_INFINITY;
  if (Math.min(leaseUntil, timeoutAt) > context.now) return null;
  return timeoutAt < leaseUntil ? timeOut(job, context) : loseLease(job, "visibility_timeout", context);
}

/** Expiry comes first: a job that is too late must not be offered, not even for a moment (ojs-core §5.2). */
function decideWaiting(job: JobRecord, now: number): Transition | null {
  if (job.expiresAt !== null && job.expiresAt <= now) return expire(job, now);
  const waits = job.state === "scheduled" || job.state === "retryable";
  return waits && job.availableAt <= now ? promote(job, now) : null;
}
