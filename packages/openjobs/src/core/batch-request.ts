/** Requests for several jobs at once (ojs-http-binding §9.2). */
import { ojsError } from "./errors.ts";
import { type NewJob, type RequestContext, readJobRequest } from "./job-request.ts";
import { LIMITS } from "./limits.ts";

/**
 * Checks the member `jobs` of a batch.
 *
 * @param now Unix milliseconds.
 * @throws OjsError as `readJobRequest`, and `payload_too_large` for too many.
 */
export function readBatchRequest(jobs: unknown, { now }: Pick<RequestContext, "now">): readonly NewJob[] {
  if (!Array.isArray(jobs) || jobs.length === 0) {
    throw ojsError("invalid_request", "The field 'jobs' must be a non-empty array of jobs.", {
      details: { field: "jobs", expected: "a non-empty array of jobs" },
    });
  }
  if (jobs.length > LIMITS.batchJobs) {
    throw ojsError("payload_too_large", `A batch holds at most ${LIMITS.batchJobs} jobs.`, {
      details: { field: "jobs", actual: jobs.length, max: LIMITS.batchJobs },
      hint: "Split the batch.",
    });
  }
  return jobs.map((job: unknown, index) => readJobRequest(job, { now, field: `jobs[${index}]` }));
}
