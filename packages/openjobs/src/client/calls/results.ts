/** Calls about the ends of jobs (ojs-results §8). */
import { readObject } from "../../core/codec/answer-shape.ts";
import { decodeJob, type Job } from "../../core/codec/job-decode.ts";
import { isMembers } from "../../core/request-fields.ts";
import { apiPath, type Call, queryString } from "../call.ts";

/** A job, and what its handler returned. */
export interface JobOutcome {
  readonly job: Job;
  /** With the null that a {@link Job} leaves out. */
  readonly result: unknown;
}

/** A job with its result, if it has one by now. */
export function outcomeCall(jobId: string): Call<JobOutcome> {
  return {
    operation: "result",
    method: "GET",
    path: apiPath("jobs", jobId),
    repeatable: true,
    jobId,
    decode(answer) {
      const wire = readObject(answer, "the answer");
      const { result = null } = isMembers(wire.job) ? wire.job : wire;
      return { job: decodeJob(answer), result };
    },
  };
}

/** Waits for the end of a job for so many seconds; false when it has not ended then (202, 408). */
export function awaitEndCall(jobId: string, seconds: number): Call<boolean> {
  return {
    operation: "result",
    method: "GET",
    path: apiPath("jobs", jobId, "result") + queryString({ wait: "true", timeout: seconds }),
    repeatable: true,
    jobId,
    answerStatus: 408,
    decode: (answer) => "completed_at" in readObject(answer, "the answer"),
  };
}
