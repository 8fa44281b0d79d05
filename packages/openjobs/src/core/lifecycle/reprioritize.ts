/** A new priority for a job that waits (ojs-priority §8.1). */
import { ojsError } from "../errors.ts";
import type { JobChange, JobRecord, JobState } from "../job.ts";

/** A retryable job is not among them: the specification says so. */
const CHANGEABLE: readonly JobState[] = ["available", "scheduled", "pending"];

/**
 * Gives a waiting job another place in its queue; it keeps its time of arrival.
 *
 * @throws OjsError `conflict` when the job does not wait for its first attempt.
 */
export function reprioritize(job: JobRecord, priority: number): JobChange {
  if (CHANGEABLE.includes(job.state)) return { priority };
  const expected = CHANGEABLE.join("|");
  throw ojsError("conflict", `Job ${job.id} is ${job.state}; only a job that is ${expected} can change its priority.`, {
    details: { job_id: job.id, current_state: job.state, expected_state: expected },
    hint: "The priority decides who is fetched first; it means nothing for a job that runs, has run or failed.",
  });
}
