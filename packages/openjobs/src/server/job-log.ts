/**
 * Log lines about jobs, workers and queues (ojs-logging §6). Arguments, results and meta are in none of them (§9.1); the error
 * of a failed attempt is (§11.1), without its backtrace.
 */
import type { EventWorker } from "../core/event-data.ts";
import type { JobEventKind, QueueEventKind, WorkerEventKind } from "../core/event-kinds.ts";
import type { JobNews } from "../core/events.ts";
import type { FailureEntry } from "../core/failure.ts";
import { traceIdOf } from "../core/trace.ts";
import type { ObservedJob, Observer } from "../engine/observer.ts";
import type { Logger } from "./logger.ts";

/**
 * Which moves of jobs have a line: `failures` (what went wrong), `all`, or `none`. Workers and queues, of which little happens,
 * have theirs unless it is `none`.
 */
export type JobLogging = "all" | "failures" | "none";

type Level = "debug" | "info" | "warn" | "error";

/** A longer message of an error is cut: a log is no place for a page of HTML. */
const MAX_MESSAGE_CHARS = 1_000;

/** Moves that are nobody's fault; those of attempts that failed are told by what comes of them. */
const QUIET: { readonly [K in JobEventKind]?: readonly [level: Level, message: string] } = {
  "job.enqueued": ["info", "Job enqueued"],
  "job.scheduled": ["info", "Job scheduled"],
  "job.started": ["debug", "Job fetched by worker"],
  "job.completed": ["info", "Job completed successfully"],
  "job.cancelled": ["info", "Job cancelled"],
};

const WORKERS: { readonly [K in WorkerEventKind]?: (worker: EventWorker) => string } = {
  "worker.started": ({ id }) => `Worker registered: ${id}`,
  "worker.quiet": ({ activeJobs }) => `Worker draining, ${activeJobs} jobs in progress`,
  "worker.stopped": ({ stopReason = "shutdown" }) =>
    stopReason === "error" ? "Worker lost, it has been silent for too long" : "Worker stopped gracefully",
};

const QUEUES: Readonly<Record<QueueEventKind, string>> = {
  "queue.paused": "Queue paused",
  "queue.resumed": "Queue resumed",
  "queue.config_updated": "Settings of queue changed",
};

/** Creates the observer that writes; undefined when nobody would see a line. */
export function createJobLog(logger: Logger, wanted: JobLogging): Observer | undefined {
  const seen = logger.isLevelEnabled?.("error") ?? true;
  return wanted === "none" || !seen ? undefined : new JobLog(logger, wanted === "all");
}

class JobLog implements Observer {
  readonly #logger: Logger;
  readonly #all: boolean;

  constructor(logger: Logger, all: boolean) {
    this.#logger = logger;
    this.#all = all;
  }

  job({ events, error }: JobNews, job: ObservedJob, at: number): void {
    if (error !== undefined) this.#trouble(events, job, error);
    else if (this.#all) {
      for (const kind of events) {
        const line = QUIET[kind];
        if (line !== undefined) this.#write(line[0], line[1], () => ({ ...factsOf(job), ...timesOf(kind, job, at) }));
      }
    }
  }

  worker(kind: WorkerEventKind, worker: EventWorker): void {
    const message = WORKERS[kind];
    if (message === undefined) return;
    const level = worker.stopReason === "error" ? "warn" : "info";
    this.#write(level, message(worker), () => ({ category: "worker", "ojs.worker_id": worker.id }));
  }

  queue(kind: QueueEventKind, name: string): void {
    this.#write("info", QUEUES[kind], () => ({ category: "lifecycle", "ojs.queue": name }));
  }

  #trouble(kinds: readonly JobEventKind[], job: ObservedJob, error: FailureEntry): void {
    const facts = (): object => ({ ...factsOf(job), error: briefOf(error), ...retryOf(job) });
    const { elapsed_seconds: elapsed = 0 } = error;
    if (kinds.includes("job.timeout")) this.#write("error", `Job execution timed out after ${elapsed}s`, facts);
    if (kinds.includes("job.stalled")) this.#write("error", `Job stalled, no heartbeat for ${elapsed}s`, facts);
    if (kinds.includes("job.expired")) this.#write("warn", "Job expired before it was started", facts);
    else if (job.state === "discarded") this.#write("error", `Job discarded after ${job.attempt} attempts`, facts);
    else this.#write("warn", "Job failed, will retry", facts);
  }

  /** A log that cannot be written must not undo what has been committed: whom could it be told? */
  #write(level: Level, message: string, facts: () => object): void {
    try {
      if (this.#logger.isLevelEnabled?.(level) ?? true) this.#logger[level](facts(), message);
    } catch {
      // See above.
    }
  }
}

function factsOf(job: ObservedJob): object {
  const traceId = traceIdOf(job.meta);
  return {
    category: "lifecycle",
    "ojs.job_id": job.id,
    "ojs.job_type": job.type,
    "ojs.queue": job.queue,
    ...(job.attempt === 0 ? {} : { "ojs.attempt": job.attempt }),
    "ojs.state": job.state ?? "completed",
    ...(job.workerId == null ? {} : { "ojs.worker_id": job.workerId }),
    ...(traceId === undefined ? {} : { "trace.trace_id": traceId }),
  };
}

function timesOf(kind: JobEventKind, { startedAt }: ObservedJob, at: number): object {
  return kind === "job.completed" && startedAt !== null ? { attributes: { duration_ms: at - startedAt } } : {};
}

function retryOf({ state, availableAt }: ObservedJob): object {
  const waits = state === "retryable" && availableAt !== undefined;
  return waits ? { attributes: { next_retry_at: new Date(availableAt).toISOString() } } : {};
}

function briefOf({ type, code, message }: FailureEntry): object {
  return { type, code, message: message.slice(0, MAX_MESSAGE_CHARS) };
}
