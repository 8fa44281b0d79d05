/** The change that ends a failed attempt, whoever found out that it failed. */
import type { JobEventKind } from "../event-kinds.ts";
import { appendFailure, type Failure, failureEntry } from "../failure.ts";
import type { JobChange, JobRecord, JobState } from "../job.ts";
import { requireMove, type Trigger } from "../states.ts";
import { LEASE_ENDED, type Transition, withDueAt } from "./transition.ts";
import type { Verdict } from "./verdict.ts";

/** Where a job goes after a failed attempt. */
export interface AttemptEnd {
  readonly change: JobChange & { readonly state: JobState };
  /** What follows `job.failed`. */
  readonly event: JobEventKind;
  /** Whether another attempt could have helped; shown with the error. */
  readonly retryable: boolean;
}

/** Back to the end of the queue, held by nobody (ojs-core §6.3 clears `started_at` here). */
export function backInQueue(now: number): AttemptEnd {
  return {
    change: {
      state: "available",
      availableAt: now,
      enqueuedAt: now,
      startedAt: null,
      workerId: null,
      ...LEASE_ENDED,
    },
    event: "job.enqueued",
    retryable: true,
  };
}

/** The end that a verdict stands for. A discarded job keeps its worker: that is who to ask. */
export function endOf(verdict: Verdict, now: number): AttemptEnd {
  if (verdict.again) {
    const { delayMs } = verdict;
    const change = { state: "retryable", availableAt: now + delayMs, retryDelayMs: delayMs, workerId: null } as const;
    return { change: { ...change, ...LEASE_ENDED }, event: "job.retrying", retryable: true };
  }
  const { deadLetter, permanent } = verdict;
  const change = { state: "discarded", endedAt: now, deadLetter, ...LEASE_ENDED } as const;
  return { change, event: "job.discarded", retryable: !permanent };
}

/**
 * Records the failure and moves the job to where its attempt ended.
 *
 * @throws OjsError `conflict` when the job is not active.
 */
export function endAttempt(
  job: JobRecord,
  trigger: Trigger,
  failure: Failure,
  end: AttemptEnd,
  now: number,
): Transition {
  requireMove(job, end.change.state, trigger);
  const error = failureEntry({ ...failure, retryable: end.retryable }, job, now);
  const errors = appendFailure(job.errors, error);
  return {
    change: withDueAt(job, { ...end.change, errors }),
    events: ["job.failed", end.event],
    failure: true,
    error,
  };
}
