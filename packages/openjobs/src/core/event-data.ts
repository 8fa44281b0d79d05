/** What each kind of event tells: the members that ojs-events §4 asks for in its `data`, with times still as numbers. */
import { countedAttempts } from "./attempts.ts";
import type { JobEventKind, WorkerEventKind } from "./event-kinds.ts";
import type { FailureEntry } from "./failure.ts";
import type { JobRecord, JsonText } from "./job.ts";

/** Members under their wire names; those in {@link TIME_MEMBERS} and {@link JSON_MEMBERS} in a form that is cheap to keep. */
export type EventData = Readonly<Record<string, unknown>>;

/** Members that travel as RFC 3339 and are kept as Unix milliseconds. */
export const TIME_MEMBERS: ReadonlySet<string> = new Set([
  "scheduled_at",
  "next_retry_at",
  "visible_until",
  "created_at",
  "expired_at",
  "scheduled_time",
  "actual_time",
]);

/** Members that are kept as the JSON text that they travel as. */
export const JSON_MEMBERS: ReadonlySet<string> = new Set(["result"]);

/** What the plain way to finish a job still knows of it. */
export type FinishedJob = Pick<JobRecord, "id" | "type" | "queue" | "attempt" | "startedAt" | "meta">;

/** What events tell of a worker. */
export interface EventWorker {
  readonly id: string;
  readonly queues: readonly string[];
  readonly concurrency: number | null;
  readonly activeJobs: number;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Why it is gone, for `worker.stopped`; `shutdown` when absent. */
  readonly stopReason?: "shutdown" | "signal" | "error";
}

/** A result beyond this is left out of the event: a log of events must not keep megabytes alive. */
const MAX_RESULT_CHARS = 4_096;

type JobData = (job: JobRecord, at: number, error: FailureEntry | undefined) => EventData;

const JOB_DATA: Readonly<Record<JobEventKind, JobData>> = {
  "job.enqueued": ({ priority, fingerprint }) =>
    fingerprint === null ? { priority } : { priority, unique_key: fingerprint },
  "job.scheduled": (job) => ({ scheduled_at: job.availableAt }),
  "job.started": (job) => ({ worker_id: workerOf(job), attempt: job.attempt }),
  "job.heartbeat": (job, at) => ({
    worker_id: workerOf(job),
    attempt: job.attempt,
    visible_until: job.leaseUntil ?? at,
  }),
  "job.completed": (job, at) => outcomeFacts(job, job.result, at),
  "job.failed": (job, at, error) => ({
    attempt: job.attempt,
    error: failedError(error),
    ...(job.startedAt === null ? {} : { duration_ms: at - job.startedAt }),
  }),
  "job.retrying": (job, _at, error) => ({
    attempt: job.attempt,
    max_attempts: job.maxAttempts,
    next_retry_at: job.availableAt,
    error: briefError(error),
  }),
  "job.discarded": (job, _at, error) => ({
    total_attempts: countedAttempts(job),
    last_error: briefError(error),
  }),
  "job.cancelled": () => ({}),
  "job.expired": (job, at, error) => ({
    created_at: job.createdAt,
    expired_at: at,
    ttl_ms: Math.round((error?.limit_seconds ?? 0) * 1_000),
  }),
  "job.timeout": timeLimit,
  "job.stalled": timeLimit,
  "job.ttl_expired": timeLimit,
  "job.total_timeout": timeLimit,
};

const WORKER_DATA: Readonly<Record<WorkerEventKind, (worker: EventWorker, at: number) => EventData>> = {
  // 0 stands for a worker that did not tell; the member is required.
  "worker.started": (worker) => ({ queues: worker.queues, concurrency: worker.concurrency ?? 0 }),
  "worker.heartbeat": (worker) => ({ active_jobs: worker.activeJobs, queues: worker.queues }),
  "worker.quiet": (worker) => ({ active_jobs: worker.activeJobs }),
  "worker.stopped": (worker, at) => ({
    reason: worker.stopReason ?? "shutdown",
    uptime_ms: at - worker.startedAt,
  }),
};

/** The facts of a job's event, beside what all of them tell; `error` is the attempt's, for the events that tell one. */
export function jobFacts(kind: JobEventKind, job: JobRecord, at: number, error?: FailureEntry): EventData {
  return JOB_DATA[kind](job, at, error);
}

/** The facts of a worker's event. */
export function workerFacts(kind: WorkerEventKind, worker: EventWorker, at: number): EventData {
  return { worker_id: worker.id, ...WORKER_DATA[kind](worker, at) };
}

/** The facts of `job.completed`, from the little that the plain way to finish a job knows. */
export function outcomeFacts(job: FinishedJob, result: JsonText | null, at: number): EventData {
  const duration = at - (job.startedAt ?? at);
  if (result === null || result.length > MAX_RESULT_CHARS) return { duration_ms: duration, attempt: job.attempt };
  return { duration_ms: duration, attempt: job.attempt, result };
}

/** Claims without a worker id are legal, but the member is required. */
function workerOf(job: JobRecord): string {
  return job.workerId ?? "";
}

function timeLimit(job: JobRecord, _at: number, error: FailureEntry | undefined): EventData {
  return {
    timeout_kind: error?.timeout_kind,
    limit_seconds: error?.limit_seconds,
    elapsed_seconds: error?.elapsed_seconds,
    attempt: job.attempt,
  };
}

function briefError(error: FailureEntry | undefined): EventData {
  return { type: error?.type ?? "", code: error?.code ?? "", message: error?.message ?? "" };
}

function failedError(error: FailureEntry | undefined): EventData {
  const backtrace = error?.backtrace;
  return {
    ...briefError(error),
    retryable: error?.retryable ?? true,
    ...(backtrace === undefined ? {} : { stack_trace: backtrace.join("\n") }),
  };
}
