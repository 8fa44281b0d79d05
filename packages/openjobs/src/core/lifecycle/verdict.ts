/** What becomes of a job after a failed attempt (ojs-retry §2.2, §6.3, §7.2). */
import { countedAttempts, isExhausted } from "../attempts.ts";
import { matchesNonRetryable, retryDelay } from "../backoff.ts";
import type { Failure, FailureAction } from "../failure.ts";
import type { JobRecord } from "../job.ts";
import { MAX_RETRY_INTERVAL_MS, type RetryPolicy } from "../retry.ts";

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

/** Decides by the handler's code, then `retryable: false`, then `non_retryable_errors`, then the attempts left. */
export function judge(job: JobRecord, failure: Failure, policy: RetryPolicy, random: () => number): Verdict {
  const ordered = failure.action === null ? undefined : ORDERS[failure.action];
  if (ordered !== undefined) return ordered;
  const permanent = isPermanent(failure, policy);
  if (permanent || isExhausted(job)) {
    return { again: false, permanent, deadLetter: policy.onExhaustion === "dead_letter" };
  }
  return { again: true, delayMs: delayOf(job, failure, policy, random) };
}

function isPermanent(failure: Failure, policy: RetryPolicy): boolean {
  const givenUp = failure.retryable === false && failure.action !== "RETRY";
  return givenUp || matchesNonRetryable(policy, failure);
}

function delayOf(job: JobRecord, failure: Failure, policy: RetryPolicy, random: () => number): number {
  if (failure.retryAfterMs === undefined) return retryDelay(policy, countedAttempts(job), random);
  return Math.min(Math.round(failure.retryAfterMs), MAX_RETRY_INTERVAL_MS);
}
