/** The part of the storage port about workers. Internal: no semver promise. */
import type { Page, PageRequest } from "./page.ts";

/** A registered worker (ojs-worker-protocol §3, §10). */
export interface WorkerRecord {
  readonly id: string;
  readonly state: "running" | "quiet" | "terminate";
  readonly lastBeatAt: number;
  readonly startedAt: number;
  readonly hostname: string | null;
  readonly pid: number | null;
  readonly queues: readonly string[];
  readonly labels: readonly string[];
  readonly concurrency: number | null;
  /** How many jobs the worker says it is running. */
  readonly activeJobs: number;
}

/** How many workers there are, by what they said last; `stale` ones are silent and count as nothing else. */
export interface WorkerCensus {
  readonly total: number;
  readonly running: number;
  readonly quiet: number;
  readonly terminate: number;
  readonly stale: number;
}

/** Read access to the worker registry. */
export interface WorkerQueries {
  /** Workers whose last beat is at or before `cutoff`, oldest first. */
  silent(cutoff: number, limit: number): Promise<readonly WorkerRecord[]>;
  get(id: string): Promise<WorkerRecord | undefined>;
  /** By id. */
  list(page: PageRequest): Promise<Page<WorkerRecord>>;
  /** Those whose last beat is at or before `cutoff` are stale. */
  census(cutoff: number): Promise<WorkerCensus>;
  /** The oldest last beat of all. */
  oldestBeat(): Promise<number | undefined>;
}
