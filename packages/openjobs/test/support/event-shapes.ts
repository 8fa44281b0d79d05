/**
 * What the `data` of each kind of event has to hold, written down from the pages of the specification (ojs-events §4 and the
 * extensions that define events) and not from the code.
 */
import type { EventKind } from "../../src/core/event-kinds.ts";

/** `name:type`, with `?` behind a name that may be absent. */
type Shape = readonly string[];

const JOB: Shape = ["job_id:text", "job_type:text", "queue:text", "trace_id?:text"];
const ERROR: Shape = ["code:text", "message:text"];
const LIMIT: Shape = [...JOB, "timeout_kind:text", "limit_seconds:number", "elapsed_seconds:number", "attempt:integer"];
const WORKFLOW: Shape = ["workflow_id:text", "workflow_name:text", "workflow_type:text", "trace_id?:text"];
const STEP: Shape = [...WORKFLOW, "step_id:text", "step_type:text", "duration_ms:integer", "steps_remaining:integer"];
const CRON: Shape = ["cron_name:text", "cron_expr:text", "cron_expression:text", "timezone:text", "scheduled_at:time"];
const BULK: Shape = ["total:integer"];

const SHAPES: Readonly<Record<EventKind, Shape>> = {
  "job.enqueued": [...JOB, "priority?:integer", "scheduled_at?:time", "unique_key?:text"],
  "job.scheduled": [...JOB, "scheduled_at:time"],
  "job.started": [...JOB, "worker_id:text", "attempt:integer"],
  "job.heartbeat": [...JOB, "worker_id:text", "attempt:integer", "visible_until:time"],
  "job.progress": [...JOB, "worker_id:text", "attempt:integer", "progress_percent:number", "progress_message?:text"],
  "job.completed": [...JOB, "duration_ms:integer", "attempt:integer"],
  "job.failed": [
    ...JOB,
    "attempt:integer",
    "error.retryable:boolean",
    "error.stack_trace?:text",
    "duration_ms?:integer",
    ...within("error", ERROR),
  ],
  "job.retrying": [...JOB, "attempt:integer", "max_attempts:integer", "next_retry_at:time", ...within("error", ERROR)],
  "job.discarded": [...JOB, "total_attempts:integer", ...within("last_error", ERROR)],
  "job.cancelled": [...JOB, "cancelled_by?:text", "reason?:text"],
  "job.expired": [...JOB, "created_at:time", "expired_at:time", "ttl_ms:integer"],
  "job.timeout": LIMIT,
  "job.stalled": LIMIT,
  "job.ttl_expired": LIMIT,
  "job.total_timeout": LIMIT,
  "queue.paused": ["queue:text", "paused_by?:text"],
  "queue.resumed": ["queue:text", "resumed_by?:text"],
  "backpressure.rejected": ["queue:text", "depth:integer", "bound:integer", "job_type:text"],
  "queue.config_updated": ["queue:text"],
  "worker.started": ["worker_id:text", "queues:texts", "concurrency:integer"],
  "worker.heartbeat": ["worker_id:text", "active_jobs:integer", "queues:texts"],
  "worker.quiet": ["worker_id:text", "active_jobs:integer"],
  "worker.stopped": ["worker_id:text", "reason:text", "jobs_completed?:integer", "uptime_ms?:integer"],
  "priority.changed": [...JOB, "previous_priority:integer", "new_priority:integer"],
  "bulk.enqueue.completed": BULK,
  "bulk.cancel.completed": BULK,
  "bulk.retry.completed": BULK,
  "bulk.delete.completed": BULK,
  "cron.triggered": [...CRON, "job_type:text", "job_id:text", "run_count:integer", "actual_time:time"],
  "cron.skipped": [...CRON, "reason:text", "existing_job_id?:text"],
  "workflow.created": [...WORKFLOW, "total_steps:integer"],
  "workflow.started": [...WORKFLOW, "total_steps:integer"],
  "workflow.step_completed": STEP,
  "workflow.step_failed": STEP,
  "workflow.job_completed": STEP,
  "workflow.job_failed": STEP,
  "workflow.callback_fired": [...WORKFLOW, "step_id:text", "step_type:text", "callback:text"],
  "workflow.completed": [...WORKFLOW, "total_steps:integer", "duration_ms:integer"],
  "workflow.failed": [...WORKFLOW, "failed_step_id:text", "failed_step_type:text", ...within("error", ERROR)],
  "workflow.cancelled": [...WORKFLOW, "steps_cancelled:integer", "steps_already_completed:integer"],
};

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const IS: Readonly<Record<string, (value: unknown) => boolean>> = {
  text: (value) => typeof value === "string",
  texts: (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
  integer: Number.isInteger,
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  time: (value) => typeof value === "string" && TIME.test(value),
};

/** What is wrong with an event's data; empty when nothing is. */
export function eventProblems(kind: EventKind, data: unknown): readonly string[] {
  return SHAPES[kind].flatMap((rule) => {
    const [name = "", type = ""] = rule.split(":");
    const path = name.replace("?", "");
    const value = path.split(".").reduce(memberOf, data);
    if (value === undefined) return name.endsWith("?") ? [] : [`${kind}: ${path} is not there`];
    return IS[type]?.(value) === true ? [] : [`${kind}: ${path} is ${JSON.stringify(value)}, no ${type}`];
  });
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

function within(parent: string, shape: Shape): Shape {
  return shape.map((rule) => `${parent}.${rule}`);
}
