/** The part of the event catalogue that is implemented (ojs-events §3). */

/** Events of a job's life (ojs-events §3.1, §3.2). */
export const JOB_EVENTS = [
  "job.enqueued",
  "job.scheduled",
  "job.started",
  "job.heartbeat",
  "job.completed",
  "job.failed",
  "job.retrying",
  "job.discarded",
  "job.cancelled",
  "job.expired",
  // ojs-timeouts §11.1
  "job.timeout",
  "job.stalled",
  "job.ttl_expired",
  "job.total_timeout",
] as const;

/** Events of a queue (ojs-events §3.3). */
export const QUEUE_EVENTS = ["queue.paused", "queue.resumed", "queue.config_updated"] as const;

/** Events of a queue that has a bound (ojs-backpressure §10.1). */
export const BACKPRESSURE_EVENTS = ["backpressure.rejected"] as const;

/** Events of a worker (ojs-events §3.4). */
export const WORKER_EVENTS = ["worker.started", "worker.heartbeat", "worker.quiet", "worker.stopped"] as const;

/** Somebody changed the priority of a job (ojs-priority §11.1). */
export type PriorityEventKind = "priority.changed";

/** A worker has said how far its job is (ojs-events §3.2). */
export type ProgressEventKind = "job.progress";

/** An operation on many jobs is over (ojs-bulk-operations §12.1). */
export const BULK_EVENTS = [
  "bulk.enqueue.completed",
  "bulk.cancel.completed",
  "bulk.retry.completed",
  "bulk.delete.completed",
] as const;

/** One of {@link BULK_EVENTS}. */
export type BulkEventKind = (typeof BULK_EVENTS)[number];

/** Events of a cron job (ojs-events §3.6; ojs-cron §9). */
export const CRON_EVENTS = ["cron.triggered", "cron.skipped"] as const;

/** Events of a workflow (ojs-events §3.5, ojs-workflows Appendix B). */
export const WORKFLOW_EVENTS = [
  "workflow.created",
  "workflow.started",
  "workflow.step_completed",
  "workflow.step_failed",
  "workflow.job_completed",
  "workflow.job_failed",
  "workflow.callback_fired",
  "workflow.completed",
  "workflow.failed",
  "workflow.cancelled",
] as const;

/** One of {@link JOB_EVENTS}. */
export type JobEventKind = (typeof JOB_EVENTS)[number];
/** One of {@link QUEUE_EVENTS}. */
export type QueueEventKind = (typeof QUEUE_EVENTS)[number];
/** One of {@link BACKPRESSURE_EVENTS}. */
export type BackpressureEventKind = (typeof BACKPRESSURE_EVENTS)[number];
/** One of {@link WORKER_EVENTS}. */
export type WorkerEventKind = (typeof WORKER_EVENTS)[number];
/** One of {@link CRON_EVENTS}. */
export type CronEventKind = (typeof CRON_EVENTS)[number];
/** One of {@link WORKFLOW_EVENTS}. */
export type WorkflowEventKind = (typeof WORKFLOW_EVENTS)[number];
/** Every event that this server emits. */
export type EventKind =
  | JobEventKind
  | QueueEventKind
  | BackpressureEventKind
  | WorkerEventKind
  | PriorityEventKind
  | ProgressEventKind
  | BulkEventKind
  | CronEventKind
  | WorkflowEventKind;

/** All of them. */
export const EVENT_KINDS: readonly EventKind[] = everyOne([
  ...JOB_EVENTS,
  ...QUEUE_EVENTS,
  ...BACKPRESSURE_EVENTS,
  ...WORKER_EVENTS,
  "priority.changed",
  "job.progress",
  ...BULK_EVENTS,
  ...CRON_EVENTS,
  ...WORKFLOW_EVENTS,
]);

/** A list that lacks a kind does not compile. */
function everyOne<const Kind extends EventKind>(
  kinds: readonly Kind[] & ([EventKind] extends [Kind] ? unknown : never),
): readonly EventKind[] {
  return kinds;
}
