/** What an engine measures (ojs-observability §8). */
import type { QueueRecord, WorkerCensus } from "../../storage/storage.ts";
import type { HistogramReading } from "./histogram.ts";
import type { JobReading } from "./job-metrics.ts";

/** A queue and what waits in it. */
export interface QueueReading {
  readonly queue: QueueRecord;
  /** How long the job that is first in line has been available, seconds; 0 when none is. Jobs under limits have lines of their own. */
  readonly headAge: number;
}

/** What the storage says of now; it is the same for all servers of one storage. */
export interface StoredReading {
  /** By name, at most {@link MAX_QUEUES}. */
  readonly queues: readonly QueueReading[];
  /** How many queues there are. */
  readonly queueCount: number;
  readonly workers: WorkerCensus;
}

/** The commits of this server. */
export interface CommitReading {
  /** Time to make a group of changes durable, seconds. */
  readonly duration: HistogramReading;
  readonly failed: number;
}

/** Everything measured. */
export interface Metrics {
  readonly jobs: readonly JobReading[];
  readonly commits: CommitReading;
  /** Undefined while the storage does not answer. */
  readonly stored: StoredReading | undefined;
}

/** Queues that are told of, so that an answer stays readable for whoever scrapes it. */
export const MAX_QUEUES = 1_000;

/** The part of an engine that tells what it measures. */
export interface MetricsEngine {
  /** Counts of this server, and what the storage says of now. Never rejects. */
  metrics(): Promise<Metrics>;
}
