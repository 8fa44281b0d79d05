/**
 * Operations that are done once however often they are asked for. When an answer gets lost, the request is sent again, and
 * the server may then refuse it because the first one had worked: here that counts as what it is, a success.
 */
import type { EncodedJob } from "../core/codec/enqueue-encode.ts";
import type { Job } from "../core/codec/job-decode.ts";
import { OjsConflictError, type OjsError, OjsNotFoundError } from "../core/errors.ts";
import type { RequestOptions } from "./call.ts";
import { cancelJobCall, enqueueCall, getJobCall } from "./calls/jobs.ts";
import { wasRepeated } from "./gone-once.ts";
import type { Requester } from "./requester.ts";

/** Our server answers a repetition with the job; others call it a duplicate of itself. */
export async function enqueueOnce(
  requester: Requester,
  job: EncodedJob,
  request: RequestOptions | undefined,
): Promise<Job> {
  try {
    return await requester.run(enqueueCall(job), request);
  } catch (error) {
    return await acceptedBefore(error, requester, job.id, request);
  }
}

/** The job, when the error only says that an earlier try had worked; else throws the error. */
export async function acceptedBefore(
  error: unknown,
  requester: Requester,
  jobId: string,
  request: RequestOptions | undefined,
): Promise<Job> {
  if (!wasRepeated(error) || !(error instanceof OjsConflictError)) throw error;
  return await jobOr(error, requester, jobId, request, () => true);
}

/** A job that is cancelled already is what the caller wants. */
export async function cancelOnce(
  requester: Requester,
  jobId: string,
  request: RequestOptions | undefined,
): Promise<Job> {
  try {
    return await requester.run(cancelJobCall(jobId), request);
  } catch (error) {
    if (!(error instanceof OjsConflictError)) throw error;
    return await jobOr(error, requester, jobId, request, ({ state }) => state === "cancelled");
  }
}

/** The job as it is now, or the error when there is none or not such a one. */
async function jobOr(
  error: OjsError,
  requester: Requester,
  jobId: string,
  request: RequestOptions | undefined,
  fits: (job: Job) => boolean,
): Promise<Job> {
  try {
    const job = await requester.run(getJobCall(jobId), request);
    if (fits(job)) return job;
  } catch (lookup) {
    if (!(lookup instanceof OjsNotFoundError)) throw lookup;
  }
  throw error;
}
