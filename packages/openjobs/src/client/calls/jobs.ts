/** Calls about jobs (ojs-http-binding §9). */

import { readArray } from "../../core/codec/answer-shape.ts";
import { type EnqueueRequest, encodeEnqueue, encodeEnqueueBatch } from "../../core/codec/enqueue-encode.ts";
import { decodeJob, type Job } from "../../core/codec/job-decode.ts";
import { apiPath, type Call } from "../call.ts";

/** Repeatable, because the job brings its id: the server answers a repetition with the job that is there. */
export function enqueueCall(request: EnqueueRequest, now: number): Call<Job> {
  return {
    operation: "enqueue",
    method: "POST",
    path: apiPath("jobs"),
    body: encodeEnqueue(request, now),
    repeatable: true,
    jobId: request.id,
    decode: decodeJob,
  };
}

/** All or nothing; repeatable for the same reason. */
export function enqueueBatchCall(requests: readonly EnqueueRequest[], now: number): Call<readonly Job[]> {
  return {
    operation: "enqueueBatch",
    method: "POST",
    path: apiPath("jobs", "batch"),
    body: encodeEnqueueBatch(requests, now),
    repeatable: true,
    decode: (answer) => readArray(answer, "jobs").map(decodeJob),
  };
}

export function getJobCall(jobId: string): Call<Job> {
  return {
    operation: "getJob",
    method: "GET",
    path: apiPath("jobs", jobId),
    repeatable: true,
    jobId,
    decode: decodeJob,
  };
}

export function cancelJobCall(jobId: string): Call<Job> {
  return {
    operation: "cancelJob",
    method: "DELETE",
    path: apiPath("jobs", jobId),
    repeatable: true,
    jobId,
    decode: decodeJob,
  };
}

/** Not repeatable: the second time the job is no longer pending, and the answer would be an error. */
export function activateJobCall(jobId: string): Call<Job> {
  return {
    operation: "activateJob",
    method: "POST",
    path: apiPath("jobs", jobId, "activate"),
    repeatable: false,
    jobId,
    decode: decodeJob,
  };
}
