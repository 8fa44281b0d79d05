/** Calls about jobs (ojs-http-binding §9). */

import { readArray } from "../../core/codec/answer-shape.ts";
import { bodyOfJobs, type EncodedJob } from "../../core/codec/enqueue-encode.ts";
import { decodeJob, type Job } from "../../core/codec/job-decode.ts";
import { decodeEnqueued } from "../../core/codec/job-receipt.ts";
import { apiPath, type Call } from "../call.ts";

/** Asks the server not to repeat what the client has just told it (RFC 7240); servers may do so all the same. */
export const MINIMAL: Readonly<Record<string, string>> = { prefer: "return=minimal" };

const JOBS = apiPath("jobs");
const BATCH = apiPath("jobs", "batch");

/** Repeatable, because the job brings its id: the server answers a repetition with the job that is there. */
export function enqueueCall(job: EncodedJob): Call<Job> {
  return {
    operation: "enqueue",
    method: "POST",
    path: JOBS,
    body: job.body,
    headers: MINIMAL,
    repeatable: true,
    jobId: job.id,
    queue: job.queue,
    decode: (answer) => decodeEnqueued(answer, job),
  };
}

/** All or nothing; repeatable for the same reason. */
export function enqueueBatchCall(jobs: readonly EncodedJob[]): Call<readonly Job[]> {
  return {
    operation: "enqueueBatch",
    method: "POST",
    path: BATCH,
    body: bodyOfJobs(jobs),
    headers: MINIMAL,
    repeatable: true,
    decode: (answer) => decodeBatch(answer, jobs),
  };
}

function decodeBatch(answer: unknown, sent: readonly EncodedJob[]): readonly Job[] {
  return readArray(answer, "jobs").map((wire, index) => {
    const job = sent[index];
    return job === undefined ? decodeJob(wire) : decodeEnqueued(wire, job);
  });
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
