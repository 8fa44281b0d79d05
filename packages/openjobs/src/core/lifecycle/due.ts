/** What time does to a job. */
import type { JobRecord } from "../job.ts";
import { isTerminal } from "../states.ts";
import { expire, hasExpired } from "./end.ts";
import { loseLease } from "./fail.ts";
import { promote } from "./release.ts";
import { exceedTotal, stall, timeOut } from "./time-limits.ts";
import type { LifecycleContext, Transition } from "./transition.ts";

/** The move that a job has to make at `context.now`; null = none yet. One call decides one move. */
export function decideDue(job: JobRecord, context: LifecycleContext): Transition | null {
  if (isTerminal(job.state)) return null;
  return job.state === "active" ? decideActive(job, context) : decideWaiting(job, context.now);
}

/** Ends of a running job, the better description first for those that come together. */
const RUNNING_ENDS: readonly (readonly [
  at: (job: JobRecord) => number | null,
  end: (job: JobRecord, context: LifecycleContext) => Transition,
])[] = [
  [(job) => job.stallAt, stall],
  // Before the timeout: the worker has not extended its lease even once.
  [(job) => job.leaseUntil, (job, context) => loseLease(job, "visibility_timeout", context)],
  [(job) => job.endBy, (job, { now }) => exceedTotal(job, now)],
  [(job) => job.timeoutAt, timeOut],
];

/** Whichever limit was passed first is the reason, however late the timer looks. */
function decideActive(job: JobRecord, context: LifecycleContext): Transition | null {
  let soonest = Number.POSITIVE_INFINITY;
  let decide: ((job: JobRecord, context: LifecycleContext) => Transition) | undefined;
  for (const [at, end] of RUNNING_ENDS) {
    const limit = at(job);
    if (limit === null || limit >= soonest) continue;
    soonest = limit;
    decide = end;
  }
  return decide === undefined || soonest > context.now ? null : decide(job, context);
}

/** Ends come first: a job that is too late must not be offered, not even for a moment (ojs-core §5.2). */
function decideWaiting(job: JobRecord, now: number): Transition | null {
  if (hasExpired(job, now)) return expire(job, now);
  if (job.endBy !== null && job.endBy <= now) return exceedTotal(job, now);
  const waits = job.state === "scheduled" || job.state === "retryable";
  return waits && job.availableAt <= now ? promote(job, now) : null;
}
