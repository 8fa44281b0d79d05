/** Limits of the time that a job may take, passed (ojs-timeouts §5.1, §5.2, §5.5, §8, §9.1). */
import type { JobEventKind } from "../event-kinds.ts";
import { appendFailure, type Failure, failureEntry, timeLimitFailure } from "../failure.ts";
import type { JobRecord } from "../job.ts";
import { timeLimitsOf } from "../job-timeouts.ts";
import { policyOf } from "../retry.ts";
import { requireMove } from "../states.ts";
import { endAttempt, endOf } from "./attempt-end.ts";
import { LEASE_ENDED, type LifecycleContext, type Transition } from "./transition.ts";
import { judge } from "./verdict.ts";

/**
 * The attempt ran longer than its execution timeout. The policy decides, and may list `timeout` as non-retryable.
 *
 * @throws OjsError `conflict` when the job is not active.
 */
export function timeOut(job: JobRecord, context: LifecycleContext): Transition {
  const startedAt = job.startedAt ?? context.now;
  const limitMs = (job.timeoutAt ?? context.now) - startedAt - timeLimitsOf(job).graceMs;
  const message = `The execution took longer than its timeout of ${limitMs} ms.`;
  const limit = { kind: "execution", limitMs, elapsedMs: context.now - startedAt } as const;
  return endLateAttempt(job, "job.timeout", timeLimitFailure({ type: "timeout", message }, limit), context);
}

/**
 * A job that has beaten, and named how long it may be silent, was silent for longer. The policy decides, and may list
 * `stalled` as non-retryable.
 *
 * @throws OjsError `conflict` when the job is not active.
 */
export function stall(job: JobRecord, context: LifecycleContext): Transition {
  const limitMs = job.heartbeatMs ?? 0;
  const elapsedMs = context.now - ((job.stallAt ?? context.now) - limitMs);
  const message = `The worker sent no heartbeat for this job within ${limitMs} ms.`;
  const failure = timeLimitFailure({ type: "stalled", message }, { kind: "stalled", limitMs, elapsedMs });
  return endLateAttempt(job, "job.stalled", failure, context);
}

/**
 * The job has not ended within its total timeout: it is over, whatever attempts are left and whether or not it runs. It
 * becomes a dead letter if its policy keeps those whose attempts are used up.
 *
 * @throws OjsError `conflict` when the job has ended.
 */
export function exceedTotal(job: JobRecord, now: number): Transition {
  const isRunning = job.state === "active";
  requireMove(job, "discarded", isRunning ? "timeout" : "expire");
  const limitMs = timeLimitsOf(job).totalMs ?? 0;
  const elapsedMs = now - ((job.endBy ?? now) - limitMs);
  const message = `The job did not end within its total timeout of ${limitMs} ms.`;
  const told = { type: "total_timeout", message, retryable: false };
  const failure = timeLimitFailure(told, { kind: "total", limitMs, elapsedMs });
  const error = failureEntry(failure, job, now);
  const errors = appendFailure(job.errors, error);
  const deadLetter = policyOf(job).onExhaustion === "dead_letter";
  return {
    change: { state: "discarded", endedAt: now, dueAt: null, deadLetter, errors, ...LEASE_ENDED },
    events: ["job.total_timeout", ...(isRunning ? (["job.failed"] as const) : []), "job.discarded"],
    failure: isRunning,
    error,
  };
}

function endLateAttempt(job: JobRecord, event: JobEventKind, failure: Failure, context: LifecycleContext): Transition {
  requireMove(job, "retryable", "timeout");
  const end = endOf(judge(job, failure, policyOf(job), context), context.now);
  const transition = endAttempt(job, "timeout", failure, end, context.now);
  return { ...transition, events: [event, ...transition.events] };
}
