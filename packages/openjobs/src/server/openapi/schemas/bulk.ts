/** Operations on many jobs (ojs-bulk-operations). */

import { JOB_STATES } from "../../../core/job.ts";
import { LIMITS } from "../../../core/limits.ts";
import { anyOf, integer, type JsonSchema, list, type Members, object, ref, text, time, word } from "../schema-words.ts";

const ATOMICITY: Members = {
  atomicity: word("partial", "atomic"),
  idempotency_key: text({ minLength: 1, maxLength: 256 }),
};
const STATE = word(...JOB_STATES);

const CONDITIONS: Members = {
  type: ref("JobType"),
  queue: ref("QueueName"),
  state: anyOf(STATE, list(STATE, { minItems: 1 })),
  priority: ref("Priority"),
  enqueued_before: time(),
  enqueued_after: time(),
  meta: ref("JsonObject"),
  tags: list(text(), { minItems: 1 }),
};

/** The answer of one operation, which has a word of its own for what it did. */
function selectionOf(done: string) {
  const counts = ["total", "total_matched", "succeeded", "failed", done, "skipped"];
  const item = object(
    { index: integer(), job_id: text(), status: word(done, "skipped") },
    { reason: text(), http_status: integer(), error: ref("ErrorFacts") },
  );
  return object(
    { ...Object.fromEntries(counts.map((name) => [name, integer()])), items: list(item) },
    { items_omitted: integer({ description: "Jobs that are counted, but not named." }) },
  );
}

/** Names of these schemas. */
export type BulkSchemaName =
  | "BulkRequest"
  | "BulkAnswer"
  | "BulkItem"
  | "SelectionRequest"
  | "JobFilter"
  | "OperatorFilter"
  | "CancelledJobs"
  | "RetriedJobs"
  | "DeletedJobs";

export const BULK_SCHEMAS: Readonly<Record<BulkSchemaName, JsonSchema>> = {
  BulkRequest: object({ jobs: list(ref("JobRequest"), { minItems: 1, maxItems: LIMITS.batchJobs }) }, ATOMICITY),
  BulkAnswer: object({ total: integer(), succeeded: integer(), failed: integer(), items: list(ref("BulkItem")) }),
  BulkItem: object(
    { index: integer(), status: word("created", "duplicate", "failed") },
    {
      job: anyOf(ref("Job"), ref("JobReceipt")),
      http_status: integer(),
      retry_after_ms: integer(),
      error: ref("ErrorFacts"),
    },
    { description: "What became of one job." },
  ),
  SelectionRequest: object(
    {},
    {
      job_ids: list(ref("JobId"), { minItems: 1, maxItems: LIMITS.batchJobs }),
      filter: ref("JobFilter"),
      ...ATOMICITY,
    },
    { description: "Jobs by their ids or by a filter, one of the two." },
  ),
  OperatorFilter: object(
    {},
    { ...CONDITIONS, since: time(), until: time() },
    { description: "As `JobFilter`, with `since` and `until` for the time of enqueuing." },
  ),
  JobFilter: object({}, CONDITIONS, { description: "A job has to meet every condition; there must be one." }),
  CancelledJobs: selectionOf("cancelled"),
  RetriedJobs: selectionOf("retried"),
  DeletedJobs: selectionOf("deleted"),
};
