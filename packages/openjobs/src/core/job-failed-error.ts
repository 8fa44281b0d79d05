/** What whoever waits for the result of a job gets when there will be none. */
import type { Job, JobStateWord } from "./codec/job-decode.ts";
import type { JobError } from "./codec/job-error.ts";
import { OjsError } from "./errors.ts";

/**
 * The job that was waited for has ended without a result: it was discarded, because its attempts were used up or its time was
 * over, or it was cancelled.
 *
 * @example
 * try {
 *   await client.result(job);
 * } catch (error) {
 *   if (error instanceof OjsJobFailedError) console.error(error.state, error.errors.at(-1)?.message);
 * }
 */
export class OjsJobFailedError extends OjsError {
  override readonly name: string = "OjsJobFailedError";
  /** Not a plain member: errors are printed, and arguments of jobs should not be. */
  readonly #job: Job;

  /** @param job A job that has ended. */
  constructor(job: Job) {
    const { id, type, state } = job;
    const last = job.errors.at(-1) ?? job.error;
    const reason = last === undefined || state === "cancelled" ? "" : `: ${last.message}`;
    super("job_failed", `Job ${id} (${type}) was ${state}${reason}`, { operation: "result", jobId: id });
    this.#job = job;
  }

  /** The job as it ended. */
  get job(): Job {
    return this.#job;
  }

  /** `discarded` or `cancelled`. */
  get state(): JobStateWord {
    return this.#job.state;
  }

  /** What went wrong in each attempt, oldest first; of a job that was never tried, why not. */
  get errors(): readonly JobError[] {
    const { errors, error } = this.#job;
    return errors.length > 0 || error === undefined ? errors : [error];
  }
}
