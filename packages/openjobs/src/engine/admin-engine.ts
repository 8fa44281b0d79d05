/** What operators ask of an engine beside queues and jobs: workers, and everything in sum (ojs-admin-api §9, §10). */
import type { JobRecord, JobState } from "../core/job.ts";
import type { JobFilter } from "../core/job-filter.ts";
import type { Page, PageRequest, QueueTotals, WorkerCensus, WorkerRecord } from "../storage/storage.ts";

/** Everything in sum. */
export interface AdminStats extends Omit<QueueTotals, "activity"> {
  readonly workers: WorkerCensus;
  /** In the minute before this one and what has passed of this one, a minute. */
  readonly processedPerMinute: number;
  /** Failed attempts. */
  readonly failedPerMinute: number;
}

/** A worker, and whether it has been silent for so long that it counts as dead. */
export interface SeenWorker extends WorkerRecord {
  readonly stale: boolean;
}

/** A page of workers and how many there are in all. */
export interface WorkerPage extends Page<SeenWorker> {
  readonly census: WorkerCensus;
}

/** A worker and the jobs that it holds. */
export interface WorkerDetail {
  readonly worker: SeenWorker;
  readonly jobs: readonly JobRecord[];
}

/** Which jobs an operator wants to see. */
export interface JobQuery {
  readonly filter: JobFilter;
  /** Whether nobody waits for the answer any more: then nothing further is looked at. */
  readonly abandoned: () => boolean;
}

/** A page of jobs. `next` leads to what was not looked at yet; `total` is there when the counters know it. */
export interface JobPage {
  readonly items: readonly JobRecord[];
  readonly next?: string;
  readonly total?: number;
}

/** The part of an engine for operators. */
export interface AdminEngine {
  /** Sums over all queues and workers. */
  adminStats(): Promise<AdminStats>;
  /**
   * Jobs that meet a filter: those that wait by state and queue, then those that a named worker holds, then those that have
   * ended, the first to end first. A page looks at 10,000 jobs at most, so it can have few jobs or none and still a `next`.
   */
  listJobs(query: JobQuery, page: PageRequest): Promise<JobPage>;
  /** Workers by id. */
  listWorkers(page: PageRequest): Promise<WorkerPage>;
  /** `not_found` for a worker that has not beaten, has said goodbye or was forgotten. */
  getWorker(id: string): Promise<WorkerDetail>;
  /** How many jobs of a tenant are in each state, of those that are kept; states without any may be missing. */
  tenantCounts(tenant: string): Promise<ReadonlyMap<JobState, number>>;
}
