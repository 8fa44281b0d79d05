/** The answer to an operation on many jobs (ojs-bulk-operations §6.2), put together from texts. */
import { errorOf } from "../errors.ts";
import type { JobState, JsonText } from "../job.ts";
import { encodeError } from "./error.ts";

/** Why nothing was done to a job. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** Null when there is no such job, or when its state is not the reason. */
  readonly state: JobState | null;
}

/** What became of many jobs. */
export interface SelectionResult {
  readonly items: readonly { readonly jobId: string; readonly refusal: Refusal | null }[];
  readonly total: number;
  readonly matched: number;
  readonly done: number;
}

/**
 * Writes the answer; `succeeded` and `failed` are the same numbers as in the answer to a bulk enqueue.
 *
 * @param word What was done: `cancelled`, `retried`, `deleted`.
 */
export function encodeSelectionAnswer({ items, total, matched, done }: SelectionResult, word: string): JsonText {
  const failed = total - done;
  const totals = { total, total_matched: matched, succeeded: done, failed, [word]: done, skipped: failed };
  const omitted = total === items.length ? {} : { items_omitted: total - items.length };
  const texts = items.map(({ jobId, refusal }, index) => encodeItem(jobId, refusal, index, word));
  return `${JSON.stringify({ ...totals, ...omitted }).slice(0, -1)},"items":[${texts.join(",")}]}`;
}

/** Ids need no escaping when a job has them; others are what somebody sent. */
function encodeItem(jobId: string, refusal: Refusal | null, index: number, word: string): JsonText {
  const head = `{"index":${index},"job_id":${JSON.stringify(jobId)}`;
  if (refusal === null) return `${head},"status":"${word}"}`;
  const { code, message, state } = refusal;
  const details = { job_id: jobId, ...(state === null ? {} : { current_state: state }) };
  const error = errorOf(code, message, { details, ...(code === "rolled_back" ? { status: 422 } : {}) });
  const reason = `"status":"skipped","reason":${JSON.stringify(message)},"http_status":${error.status}`;
  return `${head},${reason},${encodeError(error).slice(1)}`;
}
