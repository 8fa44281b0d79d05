/** Calls about the dead letter queue (ojs-http-binding §12). */
import { decodeJob, type Job } from "../../core/codec/job-decode.ts";
import { decodePage, type Page, type PageOptions } from "../../core/codec/page-decode.ts";
import { apiPath, type Call, queryString } from "../call.ts";

/** Which dead letters, and which page of them. */
export interface DeadLetterQuery extends PageOptions {
  /** Only those of this queue. */
  readonly queue?: string;
}

export function listDeadLetterJobsCall({ queue, limit, cursor, offset }: DeadLetterQuery): Call<Page<Job>> {
  return {
    operation: "listDeadLetterJobs",
    method: "GET",
    path: apiPath("dead-letter") + queryString({ queue, limit, cursor, offset }),
    repeatable: true,
    decode: (answer) => decodePage(answer, "jobs", decodeJob),
  };
}

/** Not repeatable: by the second time the job may have run and failed again, and would be retried twice. */
export function retryDeadLetterJobCall(jobId: string): Call<Job> {
  return {
    operation: "retryDeadLetterJob",
    method: "POST",
    path: apiPath("dead-letter", jobId, "retry"),
    repeatable: false,
    jobId,
    decode: decodeJob,
  };
}

export function discardDeadLetterJobCall(jobId: string): Call<void> {
  return {
    operation: "discardDeadLetterJob",
    method: "DELETE",
    path: apiPath("dead-letter", jobId),
    repeatable: true,
    jobId,
    decode: () => undefined,
  };
}
