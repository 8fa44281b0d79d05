/** What a client says about single jobs: loaded together with its first call of that kind. */
import type { EncodedJob } from "../core/codec/enqueue-encode.ts";
import type { Job } from "../core/codec/job-decode.ts";
import type { RequestOptions } from "./call.ts";
import { Coalescer } from "./coalesce/coalescer.ts";
import type { Connection } from "./connection.ts";
import { enqueueOnce } from "./once.ts";

export { activateJobCall, enqueueBatchCall, getJobCall } from "./calls/jobs.ts";
export { cancelDefinedJob, getDefinedJob } from "./defined-job.ts";
export { cancelOnce } from "./once.ts";

/** Gets a job to the server. */
export type SendJob = (job: EncodedJob, request: RequestOptions | undefined) => Promise<Job>;

/** The way of one client's jobs; `coalesce` = in company if there is some. */
export function senderOf({ requester, clock }: Connection, coalesce: boolean): SendJob {
  if (!coalesce) return (job, request) => enqueueOnce(requester, job, request);
  const coalescer = new Coalescer(requester, clock);
  return (job, request) => coalescer.enqueue(job, request);
}
