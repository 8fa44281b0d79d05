/** Attempts that end without success (ojs-retry §7, §9.2; worker-protocol §5.5, §10.2). */
import { isExhausted } from "../attempts.ts";
import { type Failure, serverFailure } from "../failure.ts";
import type { JobRecord } from "../job.ts";
import { policyOf } from "../retry.ts";
import { requireMove } from "../states.ts";
import { type AttemptEnd, backInQueue, endAttempt, endOf } from "./attempt-end.ts";
import type { LifecycleContext, Transition } from "./transition.ts";
import { judge } from "./verdict.ts";

/** Why a lease ended without an outcome; the type of the recorded error. */
export type LeaseLoss = "visibility_timeout" | "worker_death";

const LOSS_MESSAGES: Readonly<Record<LeaseLoss, string>> = {
  visibility_timeout: "The worker neither finished the job nor extended its lease in time.",
  worker_death: "The worker stopped sending heartbeats.",
};

/**
 * A worker reports that its attempt failed. What decides, in this order: the handler's own code (`DISCARD`, `FAIL`,
 * `DEAD_LETTER`; `RETRY` overrules `retryable: false`), `retryable: false`, `non_retryable_errors`, the attempts left.
 *
 * @throws OjsError `conflict` when the job is not active.
 */
export function failAttempt(job: JobRecord, failure: Failure, context: LifecycleContext): Transition {
  requireMove(job, "retryable", "fail");
  const end = endOf(judge(job, failure, policyOf(job), context), context.now);
  const change = { ...end.change, expiries: 0 };
  return endAttempt(job, "fail", failure, { ...end, change }, context.now);
}

/**
 * The lease ended without an outcome. The first time in a row the job is available again at once, because most likely
 * only the worker was at fault; after that the backoff keeps a job that kills its workers from doing so in a loop.
 *
 * @throws OjsError `conflict` when the job is not active.
 */
export function loseLease(job: JobRecord, reason: LeaseLoss, context: LifecycleContext): Transition {
  requireMove(job, "retryable", "lease-end");
  const failure = serverFailure(reason, LOSS_MESSAGES[reason]);
  const end = endOfLostLease(job, failure, context);
  const change = { ...end.change, expiries: job.expiries + 1 };
  return endAttempt(job, "lease-end", failure, { ...end, change }, context.now);
}

function endOfLostLease(job: JobRecord, failure: Failure, context: LifecycleContext): AttemptEnd {
  if (job.expiries === 0 && !isExhausted(job)) return backInQueue(context.now);
  // Not the handler's error, so the list of its permanent ones has no say (ojs-retry §9.2).
  const policy = { ...policyOf(job), nonRetryableErrors: [] };
  return endOf(judge(job, failure, policy, context), context.now);
}
