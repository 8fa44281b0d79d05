/** What a nack makes of its job (ojs-core §7.4, http-binding §10.3). */
import type { Failure } from "../failure.ts";
import type { JobRecord } from "../job.ts";
import { failAttempt } from "./fail.ts";
import { handBack, snooze } from "./release.ts";
import type { LifecycleContext, Transition } from "./transition.ts";

/**
 * A wish to run later beats `requeue`: who sends both asks for the delay where it is known, and for a place in the queue elsewhere.
 *
 * @throws OjsError `conflict` when the job is not active.
 */
export function endByReport(
  job: JobRecord,
  { failure, requeue }: { readonly failure: Failure; readonly requeue: boolean },
  context: LifecycleContext,
): Transition {
  if (failure.action === "SNOOZE") return snooze(job, failure, context);
  return requeue ? handBack(job, failure, context.now) : failAttempt(job, failure, context);
}
