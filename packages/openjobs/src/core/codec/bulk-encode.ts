/** The answer to a bulk enqueue (ojs-bulk-operations §5.2), put together from texts. */
import { OjsError } from "../errors.ts";
import type { JobRecord, JsonText } from "../job.ts";
import { encodeError } from "./error.ts";
import { encodeDeduplicated, encodeJob } from "./job-encode.ts";
import { encodeReceipt } from "./job-receipt.ts";

/** What became of one job: it is there, new or as before, or another one that counts as the same, or an error. */
export type BulkOutcome =
  | { readonly job: JobRecord; readonly created: boolean; readonly deduplicated: boolean }
  | OjsError;

/**
 * Writes the answer. A job that was there before is a `duplicate`, which counts as a success.
 *
 * @param minimal Whether new jobs are told in short.
 */
export function encodeBulkAnswer(outcomes: readonly BulkOutcome[], minimal: boolean): JsonText {
  const failed = outcomes.filter((outcome) => outcome instanceof OjsError).length;
  const items = outcomes.map((outcome, index) => encodeItem(outcome, index, minimal));
  const totals = `"total":${outcomes.length},"succeeded":${outcomes.length - failed},"failed":${failed}`;
  return `{${totals},"items":[${items.join(",")}]}`;
}

function encodeItem(outcome: BulkOutcome, index: number, minimal: boolean): JsonText {
  if (outcome instanceof OjsError) return encodeRefusal(outcome, index);
  const { job, created, deduplicated } = outcome;
  if (deduplicated) return `{"index":${index},"status":"duplicate","job":${encodeDeduplicated(job)}}`;
  const status = created ? "created" : "duplicate";
  return `{"index":${index},"status":"${status}","job":${minimal && created ? encodeReceipt(job) : encodeJob(job)}}`;
}

/** Status and pause stand beside the error: alone, it would have had them in its head. */
function encodeRefusal(error: OjsError, index: number): JsonText {
  const pause = error.retryAfterMs === undefined ? "" : `"retry_after_ms":${error.retryAfterMs},`;
  return `{"index":${index},"status":"failed","http_status":${error.status},${pause}${encodeError(error).slice(1)}`;
}
