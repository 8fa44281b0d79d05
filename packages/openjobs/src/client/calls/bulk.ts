/** The call that carries several enqueue calls (ojs-bulk-operations §5). */
import { type BulkResult, decodeBulk } from "../../core/codec/bulk-decode.ts";
import { bodyOfJobs, type EncodedJob } from "../../core/codec/enqueue-encode.ts";
import type { ErrorContext } from "../../core/codec/error.ts";
import { apiPath, type Call } from "../call.ts";
import { MINIMAL } from "./jobs.ts";

/** What became of each job, and what is known of the request. */
export interface BulkOutcomes {
  readonly results: readonly BulkResult[];
  readonly context: ErrorContext;
}

const BULK = apiPath("jobs", "bulk");

/**
 * Each job by itself. Named after what its callers have asked for. Repeatable, because the jobs bring their ids; an answer
 * that all of them were refused is an answer like any other.
 */
export function enqueueBulkCall(jobs: readonly EncodedJob[]): Call<BulkOutcomes> {
  return {
    operation: "enqueue",
    method: "POST",
    path: BULK,
    body: bodyOfJobs(jobs),
    headers: MINIMAL,
    repeatable: true,
    answerStatus: 422,
    decode: (answer, context) => ({ results: decodeBulk(answer, jobs.length), context }),
  };
}
