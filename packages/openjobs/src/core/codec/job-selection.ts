/** Operations on many jobs at once (ojs-bulk-operations §6–§8): which jobs, and what became of each. */
import type { OjsError } from "../errors.ts";
import type { JobState, JsonText } from "../job.ts";
import { stringifyJson } from "../json.ts";
import { isMembers, type Members } from "../request-fields.ts";
import { readArray, readObject } from "./answer-shape.ts";
import { bulkError } from "./bulk-decode.ts";
import type { EnqueueOptions } from "./enqueue-options.ts";
import { encodePriority, encodeTime, refusedOption, refuseUnknown } from "./enqueue-options-encode.ts";
import type { ErrorContext } from "./error.ts";
import { integer, present, text } from "./wire-values.ts";

/** Conditions on jobs; a job has to meet all of them. */
export interface JobFilter {
  readonly type?: string;
  readonly queue?: string;
  /** What the operation can be done to, when absent. */
  readonly states?: readonly JobState[];
  /** A Date, or RFC 3339 text with a time zone. */
  readonly enqueuedBefore?: Date | string;
  /** A Date, or RFC 3339 text with a time zone. */
  readonly enqueuedAfter?: Date | string;
  readonly priority?: EnqueueOptions["priority"];
  /** Members of `meta` and their values. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** All of these must be among the job's tags. A condition of this server's; others may refuse it. */
  readonly tags?: readonly string[];
}

/** Which jobs: these, or all that meet the conditions. */
export type JobSelection = ({ readonly ids: readonly string[] } | { readonly filter: JobFilter }) & {
  /** Whether nothing is done when it cannot be done to all of them. Default false. */
  readonly atomic?: boolean;
};

/** What became of one job. */
export interface SelectedJob {
  readonly jobId: string;
  /** Whether it was done. */
  readonly ok: boolean;
  /** The server's word: `cancelled`, `skipped`, … */
  readonly status: string;
  /** Why it was not done, in words. */
  readonly reason?: string;
  /** Why it was not done, if the server says so with an error. */
  readonly error?: OjsError;
}

/** What became of all of them. */
export interface SelectionResult {
  /** How many jobs were found. */
  readonly matched: number;
  /** To how many it was done. */
  readonly succeeded: number;
  /** To how many it could not be done. */
  readonly skipped: number;
  /** In the order of the ids; the first ones when a filter has found very many. */
  readonly items: readonly SelectedJob[];
  /** How many of them are not among `items`. */
  readonly itemsOmitted: number;
}

const SELECTION_NAMES = { ids: 1, filter: 1, atomic: 1 };

const FILTER_NAMES: Readonly<Record<keyof JobFilter, 1>> = {
  type: 1,
  queue: 1,
  states: 1,
  enqueuedBefore: 1,
  enqueuedAfter: 1,
  priority: 1,
  meta: 1,
  tags: 1,
};

/**
 * Writes the request.
 *
 * @throws OjsValidationError for a filter without conditions, which would select every job there is, and for a condition that
 * does not exist: without it there would be more jobs than are meant.
 */
export function encodeSelection(selection: JobSelection): JsonText {
  refuseUnknown(selection, SELECTION_NAMES, "");
  const atomicity = selection.atomic === true ? "atomic" : undefined;
  if ("ids" in selection) return stringifyJson({ job_ids: selection.ids, atomicity });
  const filter = encodeFilter(selection.filter);
  if (filter !== "{}") return `{"filter":${filter}${atomicity === undefined ? "" : `,"atomicity":"${atomicity}"`}}`;
  throw refusedOption(
    "filter",
    "A filter without conditions would select every job.",
    "Name a queue, a type, states …",
  );
}

function encodeFilter(filter: JobFilter): JsonText {
  refuseUnknown(filter, FILTER_NAMES, "filter.");
  const { type, queue, states, priority, meta, tags, enqueuedBefore, enqueuedAfter } = filter;
  return stringifyJson({
    type,
    queue,
    state: states,
    enqueued_before: encodeTime("filter.enqueuedBefore", enqueuedBefore),
    enqueued_after: encodeTime("filter.enqueuedAfter", enqueuedAfter),
    priority: encodePriority(priority),
    meta,
    tags,
  });
}

/**
 * Reads the answer; throws a plain Error when it is none.
 *
 * @param done The server's word for a job to which it was done, which is also the name of their number.
 */
export function decodeSelectionResult(answer: unknown, done: string, context: ErrorContext): SelectionResult {
  const result = readObject(answer, "the answer");
  const items = readArray(result, "items")
    .filter(isMembers)
    .map((item) => decodeItem(item, done, context));
  const succeeded = items.filter(({ ok }) => ok).length;
  return {
    matched: integer(result.total_matched) ?? integer(result.total) ?? items.length,
    succeeded: integer(result[done]) ?? integer(result.succeeded) ?? succeeded,
    skipped: integer(result.skipped) ?? integer(result.failed) ?? items.length - succeeded,
    items,
    itemsOmitted: integer(result.items_omitted) ?? 0,
  };
}

function decodeItem(item: Members, done: string, context: ErrorContext): SelectedJob {
  const status = text(item.status) ?? "";
  const jobId = text(item.job_id) ?? text(item.id) ?? "";
  return present<SelectedJob>({
    jobId,
    ok: status === done,
    status,
    reason: text(item.reason),
    error: isMembers(item.error) ? bulkError(item, integer(item.index) ?? 0, { ...context, jobId }) : undefined,
  });
}
