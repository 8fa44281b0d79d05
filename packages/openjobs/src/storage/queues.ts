/** The part of the storage port about queues: their counters, and what happened in them. Internal: no semver promise. */
import type { JobState } from "../core/job.ts";
import type { Page, PageRequest } from "./page.ts";

/** A queue with its exact counters. */
export interface QueueRecord {
  readonly name: string;
  readonly createdAt: number;
  readonly pausedAt: number | null;
  /** Jobs by state; every state is present. */
  readonly counts: Readonly<Record<JobState, number>>;
  /** How many of the discarded jobs are in the dead letter queue. */
  readonly deadLetters: number;
}

/** Sums over a window of time. */
export interface QueueActivity {
  readonly started: number;
  readonly completed: number;
  /** Failed attempts. */
  readonly failed: number;
  /** Total time from available to claimed, of `started`. */
  readonly waitMs: number;
  /** Total time from claimed to completed, of `completed`. */
  readonly runMs: number;
}

/** All queues together. */
export interface QueueTotals {
  readonly queues: number;
  /** Jobs by state; every state is present. */
  readonly counts: Readonly<Record<JobState, number>>;
  readonly deadLetters: number;
  readonly activity: QueueActivity;
}

/** Read access to queues. */
export interface QueueQueries {
  get(name: string): Promise<QueueRecord | undefined>;
  /** By name. */
  list(page: PageRequest): Promise<Page<QueueRecord>>;
  /** Sums from the minute of `since` on; kept for at least two hours. */
  activity(name: string, since: number): Promise<QueueActivity>;
  /**
   * For each name when the job that is first in its queue's plain line (those without a lane) became available, Unix
   * milliseconds; null when there is none. Looks at no other job.
   */
  heads(names: readonly string[]): Promise<readonly (number | null)[]>;
  /** The sums over all queues; activity as above. */
  totals(since: number): Promise<QueueTotals>;
}
