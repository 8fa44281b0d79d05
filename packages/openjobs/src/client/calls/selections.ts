/** Calls about many jobs at once, and about one that is to change (ojs-bulk-operations §6–§8, ojs-priority §6). */
import type { EnqueueOptions } from "../../core/codec/enqueue-options.ts";
import { encodePriority } from "../../core/codec/enqueue-options-encode.ts";
import { decodeJob, type Job } from "../../core/codec/job-decode.ts";
import {
  decodeSelectionResult,
  encodeSelection,
  type JobSelection,
  type SelectionResult,
} from "../../core/codec/job-selection.ts";
import { stringifyJson } from "../../core/json.ts";
import { apiPath, type Call } from "../call.ts";

/** What can be changed about a job that has not ended. */
export interface JobChanges {
  /** As for `enqueue`. */
  readonly priority: NonNullable<EnqueueOptions["priority"]>;
}

/** The client method, and with it the operation. */
export type SelectionOperation = "cancelJobs" | "retryJobs" | "deleteJobs";

const DONE: Readonly<Record<SelectionOperation, string>> = {
  cancelJobs: "cancelled",
  retryJobs: "retried",
  deleteJobs: "deleted",
};
const PATHS: Readonly<Record<SelectionOperation, string>> = {
  cancelJobs: "cancel",
  retryJobs: "retry",
  deleteJobs: "delete",
};

/**
 * Repeatable, because it brings a key by which the server recognises a repetition (ojs-bulk-operations §10). That nothing
 * could be done is an answer like any other.
 */
export function selectionCall(
  operation: SelectionOperation,
  selection: JobSelection,
  key: string,
): Call<SelectionResult> {
  return {
    operation,
    method: "POST",
    path: apiPath("jobs", "bulk", PATHS[operation]),
    body: encodeSelection(selection),
    headers: { "idempotency-key": key },
    repeatable: true,
    answerStatus: 422,
    decode: (answer, context) => decodeSelectionResult(answer, DONE[operation], context),
  };
}

/** The change says what is to be, so making it twice is the same as once. */
export function updateJobCall(jobId: string, { priority }: JobChanges): Call<Job> {
  return {
    operation: "updateJob",
    method: "PATCH",
    path: apiPath("jobs", jobId),
    body: stringifyJson({ priority: encodePriority(priority) }),
    repeatable: true,
    jobId,
    decode: decodeJob,
  };
}
