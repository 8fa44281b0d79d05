/** What operators ask and see (ojs-admin-api). */
import { JOB_STATES } from "../../../core/job.ts";
import {
  flag,
  integer,
  type JsonSchema,
  list,
  type Members,
  map,
  number,
  object,
  ref,
  text,
  time,
  word,
} from "../schema-words.ts";

const CONFIRMED: Members = { confirm: flag({ const: true, description: "Says that it is meant." }) };
const COUNTS: Members = Object.fromEntries([...JOB_STATES, "dead_letter"].map((name) => [name, integer()]));
const PAGE: Members = { pagination: ref("Pagination") };
const THROUGHPUT = object({
  processed_per_minute: number({ minimum: 0 }),
  failed_per_minute: number({ minimum: 0 }),
});

const QUEUE: Members = {
  name: text(),
  state: word("active", "paused"),
  counts: object(COUNTS),
  paused: flag(),
  created_at: time(),
};
const PAUSED_AT: Members = { paused_at: time() };

const WORKER: Members = {
  id: text(),
  state: word("running", "quiet", "terminate", "stale"),
  queues: list(text()),
  labels: list(text()),
  active_jobs: integer(),
  started_at: time(),
  last_heartbeat_at: time(),
};
const WORKER_OWN: Members = { hostname: text(), pid: integer(), concurrency: integer() };

/** Names of these schemas. */
export type AdminSchemaName =
  | "JobItems"
  | "SeenJobPage"
  | "DeadLetterStats"
  | "ConfirmedSelection"
  | "SelectionSummary"
  | "SeenQueue"
  | "SeenQueuePage"
  | "SeenQueueDetail"
  | "QueuePause"
  | "PurgeRequest"
  | "PurgedJobs"
  | "TenantStats"
  | "Totals"
  | "SeenWorker"
  | "SeenWorkerPage"
  | "SeenWorkerDetail";

export const ADMIN_SCHEMAS: Readonly<Record<AdminSchemaName, JsonSchema>> = {
  JobItems: object({ items: list(ref("Job")), ...PAGE }),
  SeenJobPage: object({
    items: list(ref("Job")),
    pagination: object(
      {
        limit: integer(),
        offset: integer(),
        has_more: flag(),
        next_cursor: text({ description: "Leads to the next page, which can be empty and still not be the last one." }),
      },
      { total: integer({ description: "On the first page, if nothing but states and queue was asked for." }) },
    ),
  }),
  DeadLetterStats: object({ total: integer() }, { newest_at: time() }),
  ConfirmedSelection: object({ ...CONFIRMED, filter: ref("OperatorFilter") }),
  SelectionSummary: object({
    action: word("retry", "cancel", "delete"),
    matched: integer(),
    succeeded: integer(),
    failed: integer(),
    errors: list(object({ job_id: text(), error: text() })),
  }),
  SeenQueue: object(QUEUE, PAUSED_AT),
  SeenQueuePage: object({ items: list(ref("SeenQueue")), ...PAGE }),
  SeenQueueDetail: object({ ...QUEUE, throughput: THROUGHPUT, configuration: ref("JsonObject") }, PAUSED_AT),
  QueuePause: object({ name: text(), paused: flag() }, PAUSED_AT),
  PurgeRequest: object(CONFIRMED, {
    states: list(word("completed", "cancelled", "discarded"), { minItems: 1 }),
    older_than: time({ description: "Only jobs that ended before." }),
  }),
  PurgedJobs: object({ purged_count: integer(), states: list(word(...JOB_STATES)) }),
  TenantStats: object({
    tenant_id: text(),
    total_jobs: integer(),
    jobs: object(Object.fromEntries(JOB_STATES.map((name) => [name, integer()]))),
  }),
  Totals: object({
    queues: integer(),
    workers: integer(),
    jobs: object(COUNTS),
    throughput: THROUGHPUT,
    uptime_seconds: integer(),
  }),
  SeenWorker: object(WORKER, WORKER_OWN),
  SeenWorkerPage: object({ items: list(ref("SeenWorker")), summary: map(integer(), "Workers by state."), ...PAGE }),
  SeenWorkerDetail: object({ ...WORKER, jobs: list(ref("Job")) }, WORKER_OWN),
};
