/** Events: the envelope (ojs-events §2), and what each kind tells (§4). */
import type { EventKind } from "../../../core/event-kinds.ts";
import { CALLBACK_KINDS, WORKFLOW_TYPES } from "../../../core/workflow/workflow.ts";
import {
  flag,
  integer,
  type JsonSchema,
  list,
  type Members,
  number,
  object,
  ref,
  text,
  time,
  word,
} from "../schema-words.ts";

const BRIEF_ERROR: Members = { type: text(), code: text(), message: text() };
const NAMES = list(text());

/** Members of `data`; those of one name mean the same in every kind. */
const MEMBERS = {
  job_id: text(),
  job_type: text(),
  queue: text(),
  trace_id: text(),
  priority: ref("Priority"),
  unique_key: text(),
  scheduled_at: time(),
  worker_id: text(),
  attempt: integer(),
  visible_until: time(),
  duration_ms: integer(),
  result: ref("JsonValue"),
  max_attempts: integer(),
  next_retry_at: time(),
  total_attempts: integer(),
  last_error: object(BRIEF_ERROR),
  error: object(BRIEF_ERROR, { retryable: flag(), stack_trace: text(), job_id: text(), attempt: integer() }),
  created_at: time(),
  expired_at: time(),
  ttl_ms: integer(),
  timeout_kind: word("execution", "total", "enqueue_ttl", "stalled"),
  limit_seconds: number(),
  elapsed_seconds: number(),
  previous_priority: ref("Priority"),
  new_priority: ref("Priority"),
  queues: NAMES,
  concurrency: integer(),
  active_jobs: integer(),
  reason: text(),
  uptime_ms: integer(),
  total: integer(),
  succeeded: integer(),
  failed: integer(),
  skipped: integer(),
  cancelled: integer(),
  retried: integer(),
  deleted: integer(),
  atomicity: word("partial", "atomic"),
  cron_name: text(),
  cron_expr: text(),
  cron_expression: text(),
  timezone: text(),
  run_count: integer(),
  scheduled_time: time(),
  actual_time: time(),
  existing_job_id: text(),
  active_job_id: text(),
  workflow_id: text(),
  workflow_type: word(...WORKFLOW_TYPES),
  workflow_name: text(),
  total_steps: integer(),
  total_jobs: integer(),
  step_id: text(),
  step_index: integer(),
  step_type: text(),
  callback: word(...CALLBACK_KINDS),
  steps_remaining: integer(),
  remaining_steps: integer(),
  failed_step_index: integer(),
  failed_step_id: text(),
  failed_step_type: text(),
  steps_cancelled: integer(),
  steps_already_completed: integer(),
  progress_percent: number({ minimum: 0, maximum: 100 }),
  progress_message: text(),
  depth: integer(),
  bound: integer(),
} satisfies Members;

type Names = readonly (keyof typeof MEMBERS)[];

interface Told {
  readonly always: Names;
  readonly sometimes?: Names;
}

const JOB: Names = ["job_id", "job_type", "queue"];
const job = (always: Names = [], sometimes: Names = []): Told => ({
  always: [...JOB, ...always],
  sometimes: ["trace_id", ...sometimes],
});
const TIME_LIMIT = job(["timeout_kind", "limit_seconds", "elapsed_seconds", "attempt"]);

const CRON: Names = ["cron_name", "cron_expr", "cron_expression", "timezone", "scheduled_at", "scheduled_time"];

const workflow = (always: Names, sometimes: Names = []): Told => ({
  always: ["workflow_id", "workflow_type", "workflow_name", ...always],
  sometimes: ["trace_id", ...sometimes],
});
const STEP: Names = ["step_id", "step_index", "step_type", "job_id"];
const STEP_END = workflow([...STEP, "duration_ms", "steps_remaining", "remaining_steps"], ["callback", "error"]);
const END: Names = ["total_steps", "duration_ms"];

/** Every kind that the server emits: one that is missing here does not compile. */
const KINDS: Readonly<Record<EventKind, Told>> = {
  "job.enqueued": job(["priority"], ["unique_key"]),
  "job.scheduled": job(["scheduled_at"]),
  "job.started": job(["worker_id", "attempt"]),
  "job.heartbeat": job(["worker_id", "attempt", "visible_until"]),
  "job.progress": job(["worker_id", "attempt", "progress_percent"], ["progress_message"]),
  "job.completed": job(["duration_ms", "attempt"], ["result"]),
  "job.failed": job(["attempt", "error"], ["duration_ms"]),
  "job.retrying": job(["attempt", "max_attempts", "next_retry_at", "error"]),
  "job.discarded": job(["total_attempts", "last_error"]),
  "job.cancelled": job(),
  "job.expired": job(["created_at", "expired_at", "ttl_ms"]),
  "job.timeout": TIME_LIMIT,
  "job.stalled": TIME_LIMIT,
  "job.ttl_expired": TIME_LIMIT,
  "job.total_timeout": TIME_LIMIT,
  "priority.changed": job(["previous_priority", "new_priority"]),
  "queue.paused": { always: ["queue"] },
  "queue.resumed": { always: ["queue"] },
  "queue.config_updated": { always: ["queue"] },
  "backpressure.rejected": { always: ["queue", "depth", "bound", "job_type"] },
  "worker.started": { always: ["worker_id", "queues", "concurrency"] },
  "worker.heartbeat": { always: ["worker_id", "active_jobs", "queues"] },
  "worker.quiet": { always: ["worker_id", "active_jobs"] },
  "worker.stopped": { always: ["worker_id", "reason", "uptime_ms"] },
  "bulk.enqueue.completed": { always: ["total", "succeeded", "failed", "atomicity"] },
  "bulk.cancel.completed": { always: ["total", "cancelled", "skipped"] },
  "bulk.retry.completed": { always: ["total", "retried", "skipped"] },
  "bulk.delete.completed": { always: ["total", "deleted", "skipped"] },
  "cron.triggered": { always: [...CRON, "job_id", "job_type", "run_count", "actual_time"] },
  "cron.skipped": { always: [...CRON, "reason"], sometimes: ["existing_job_id", "active_job_id"] },
  "workflow.created": workflow(["total_steps", "total_jobs"]),
  "workflow.started": workflow(["total_steps", "total_jobs"]),
  "workflow.step_completed": STEP_END,
  "workflow.step_failed": STEP_END,
  "workflow.job_completed": STEP_END,
  "workflow.job_failed": STEP_END,
  "workflow.callback_fired": workflow(STEP, ["callback"]),
  "workflow.completed": workflow(END),
  "workflow.failed": workflow(END, ["failed_step_index", "failed_step_id", "failed_step_type", "error"]),
  "workflow.cancelled": workflow([...END, "steps_cancelled", "steps_already_completed"]),
};

function pick(names: Names): Members {
  return Object.fromEntries(names.map((name) => [name, MEMBERS[name]]));
}

function eventOf([kind, { always, sometimes = [] }]: readonly [string, Told]): JsonSchema {
  const data = object(pick(always), pick(sometimes));
  const envelope = { specversion: text(), id: text(), type: { const: kind }, source: text(), time: time() };
  return object({ ...envelope, subject: text(), data });
}

/** Names of these schemas. */
export type EventSchemaName = "Event" | "EventPage";

export const EVENT_SCHEMAS: Readonly<Record<EventSchemaName, JsonSchema>> = {
  Event: { description: "What happened; `type` tells what `data` has.", anyOf: Object.entries(KINDS).map(eventOf) },
  EventPage: object({
    events: list(ref("Event")),
    cursor: text({ description: "The `after` of the next request." }),
    has_more: flag(),
    gap: flag({ description: "Whether events between `after` and the first one here are gone." }),
  }),
};
