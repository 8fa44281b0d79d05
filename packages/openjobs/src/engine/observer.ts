/** Somebody who hears what has been committed, at once and in order: the log of a server. */
import type { EventWorker, FinishedJob } from "../core/event-data.ts";
import type { QueueEventKind, WorkerEventKind } from "../core/event-kinds.ts";
import type { JobNews } from "../core/events.ts";
import type { JobRecord } from "../core/job.ts";

/** A job as it is after what is told; of one that was finished without being read, less is known. */
export type ObservedJob = FinishedJob & Partial<Pick<JobRecord, "state" | "workerId" | "availableAt">>;

/** Hears. It is told for every move of every job, must be quick, and must not throw. */
export interface Observer {
  /** A job is new or has moved; `at` in Unix milliseconds. */
  job(news: JobNews, job: ObservedJob, at: number): void;
  worker(kind: WorkerEventKind, worker: EventWorker): void;
  queue(kind: QueueEventKind, name: string): void;
}
