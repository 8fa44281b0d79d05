/** What becomes of a job after a failed attempt (ojs-retry §2.2, §6.3, §7.2). */
import { countedAttempts, isExhausted } from "../attempts.ts";
import { matchesNonRetryable, retryDelay } from "../backoff.ts";
import type { Failure, FailureAction } from "../failure.ts";
import type { JobRecord } from "../job.ts";
import { MAX_RETRY_INTERVAL_MS, type RetryPolicy } from "../retry.ts";
import type { LifecycleContext } from "./transition.ts";

/** Another attempt after a delay, or the end. */
export type Verdict =
  | { readonly again: true; readonly delayMs: number }
  | {
      readonly again: false;
      /** True when no number of attempts would have helped. */
      readonly permanent: boolean;
      readonly deadLetter: boolean;
    };

/** What the handler ordered beats everything that the policy says; `RETRY` only asks for the policy. */
const ORDERS: Readonly<Partial<Record<FailureAction, Verdict>>> = {
  DISCARD: { again: false, permanent: true, deadLetter: false },
  FAIL: { again: false, permanent: true, deadLetter: false },
  DEAD_LETTER: { again: false, permanent: true, deadLetter: true },
};

/**
 * Decides by the handler's code, then `retryable: false`, then `non_retryable_errors`, then the attempts left, and then by
 * the total timeout: there is no point in an attempt that it would cut short (ojs-timeouts §9.1).
 */
export function judge(job: JobRecord, failure: Failure, policy: RetryPolicy, context: LifecycleContext): Verdict {
  const ordered = failure.action === null ? undefined : ORDERS[failure.action];
  if (ordered !== undefined) return ordered;
  const permanent = isPermanent(failure, policy);
  const end = { again: false, permanent, deadLetter: policy.onExhaustion === "dead_letter" } as const;
  if (permanent || isExhausted(job)) return end;
  const delayMs = delayOf(job, failure, policy, context.random);
  return wouldBeCutShort(job, context.now + delayMs) ? end : { again: true, delayMs };
}

/** A job without a timeout of its own gets as long as there is. */
function wouldBeCutShort({ endBy, timeoutMs }: JobRecord, startAt: number): boolean {
  return endBy !== null && startAt + (timeoutMs ?? 1) > endBy;
}

function isPermanent(failure: Failure, policy: RetryPolicy): boolean {
  const givenUp = failure.retryable === false && failure.action !== "RETRY";
  return givenUp || matchesNonRetryable(policy, failure);
}

/** How long until the next attempt: as long as the handler asked for, or else the policy's backoff. */
export function delayOf(job: JobRecord, failure: Failure, policy: RetryPolicy, random: () => number): number {
  if (failure.retryAfterMs === undefined) return retryDelay(policy, countedAttempts(job), random);
  return Math.min(Math.round(failure.retryAfterMs), MAX_RETRY_INTERVAL_MS);
}
