/** Calls about what became of a job on its way (ojs-execution-history §7.1, ojs-progress §7, ojs-durable-execution §4). */
import {
  decodeJobCheckpoint,
  decodeJobHistory,
  decodeJobProgress,
  type JobCheckpoint,
  type JobHistoryEvent,
  type JobProgress,
} from "../../core/codec/job-course.ts";
import type { Page, PageOptions } from "../../core/codec/page-decode.ts";
import { apiPath, type Call, queryString } from "../call.ts";

export function getJobHistoryCall(jobId: string, { limit, cursor, offset }: PageOptions): Call<Page<JobHistoryEvent>> {
  return {
    operation: "getJobHistory",
    method: "GET",
    path: apiPath("jobs", jobId, "history") + queryString({ limit, cursor, offset }),
    repeatable: true,
    jobId,
    decode: decodeJobHistory,
  };
}

export function getJobProgressCall(jobId: string): Call<JobProgress> {
  return {
    operation: "getJobProgress",
    method: "GET",
    path: apiPath("jobs", jobId, "progress"),
    repeatable: true,
    jobId,
    decode: (answer) => decodeJobProgress(answer, jobId),
  };
}

export function getJobCheckpointCall(jobId: string): Call<JobCheckpoint> {
  return {
    operation: "getJobCheckpoint",
    method: "GET",
    path: apiPath("jobs", jobId, "checkpoint"),
    repeatable: true,
    jobId,
    decode: (answer) => decodeJobCheckpoint(answer, jobId),
  };
}

export function deleteJobCheckpointCall(jobId: string): Call<void> {
  return {
    operation: "deleteJobCheckpoint",
    method: "DELETE",
    path: apiPath("jobs", jobId, "checkpoint"),
    repeatable: true,
    jobId,
    decode: () => undefined,
  };
}
