/** Whether and when a failed job is tried again, by its policy (ojs-retry §3, §5, §6). */
import { errorClass, type Failure } from "./failure.ts";
import type { BackoffStrategy, RetryPolicy } from "./retry.ts";

/** Delay before retry `n` (1-based) without cap and jitter, from interval and coefficient (ojs-retry, appendix A). */
const GROWTH: Readonly<Record<BackoffStrategy, (interval: number, n: number, coefficient: number) => number>> = {
  none: (interval) => interval,
  constant: (interval) => interval,
  linear: (interval, n) => interval * n,
  exponential: (interval, n, coefficient) => interval * coefficient ** (n - 1),
  polynomial: (interval, n, coefficient) => interval * n ** coefficient,
};

/**
 * Delay before the next attempt, in whole milliseconds: growth, cap, jitter, cap again (ojs-retry §3.5, §5).
 *
 * @param attempt How many attempts have failed, 1 or more.
 * @param random Gives numbers in [0, 1), like `Math.random`.
 */
export function retryDelay(policy: RetryPolicy, attempt: number, random: () => number): number {
  const cap = policy.maxIntervalMs;
  const raw = GROWTH[policy.backoffStrategy](policy.initialIntervalMs, attempt, policy.backoffCoefficient);
  const delay = Math.round(Math.min(raw, cap));
  if (!policy.jitter) return delay;
  // Down to whole milliseconds, but not out of the jitter's range [0.5, 1.5).
  const jittered = Math.max(Math.ceil(delay * 0.5), Math.floor(delay * (0.5 + random())));
  return Math.min(jittered, cap);
}

/**
 * Whether the policy forbids to retry this failure. Type, code and `details.error_class` are all looked at, because SDKs
 * put the type of the error into different ones (ojs-retry §6.2, http-binding §10).
 */
export function matchesNonRetryable(
  policy: Pick<RetryPolicy, "nonRetryableErrors">,
  failure: Pick<Failure, "type" | "code" | "details">,
): boolean {
  if (policy.nonRetryableErrors.length === 0) return false;
  const names = [failure.type, failure.code, errorClass(failure.details)];
  return policy.nonRetryableErrors.some((pattern) => names.some((name) => matches(pattern, name)));
}

/** `auth.*` covers `auth.token` but not `auth`, so the dot belongs to the prefix. */
function matches(pattern: string, name: string | undefined): boolean {
  if (name === undefined) return false;
  return name === pattern || (pattern.endsWith(".*") && name.startsWith(pattern.slice(0, -1)));
}
