/**
 * What happened to jobs, counted by queue and type (ojs-observability §8). It is told of every job that moves, so it adds to
 * numbers that are there and makes nothing for a job. It counts what this server did: the sum over all servers is everything.
 */
import type { JobRecord } from "../../core/job.ts";
import type { Transition } from "../../core/lifecycle/transition.ts";
import type { CompletedJob } from "../../storage/storage.ts";
import { Histogram, type HistogramReading } from "./histogram.ts";

/** Seconds, from ojs-observability §8.2. */
const RUN_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const WAIT_BOUNDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800, 3600];

/** Pairs of a queue and a type that are told apart; whoever may enqueue may also invent types, and a process has an end. */
const MAX_SERIES = 500;

/** What the pairs beyond that are counted under: no queue and no type can be called so. */
export const OTHER = "_other";

/** States that a job can end in. */
export type EndState = "completed" | "discarded" | "cancelled";

/** How often what happened. */
export interface JobCounts {
  enqueued: number;
  completed: number;
  /** Ended `discarded`, for whatever reason. */
  failed: number;
  /** Failed attempts that another one follows. */
  retried: number;
  cancelled: number;
  /** The part of `failed` that was too late to be started. */
  expired: number;
}

/** What is known of one queue and type. */
export interface JobReading {
  readonly queue: string;
  readonly type: string;
  readonly counts: Readonly<JobCounts>;
  /** From being available to the first start, seconds. */
  readonly wait: HistogramReading;
  /** From the last start to the end, seconds; states in which none has ended are absent. */
  readonly run: ReadonlyMap<EndState, HistogramReading>;
}

/** Counts. */
export class JobMetrics {
  readonly #queues = new Map<string, Map<string, Series>>();
  readonly #other = new Series(OTHER, OTHER);
  #size = 0;
  /** Jobs of one kind mostly come together. */
  #last = this.#other;

  /** A job is new. */
  created({ queue, type }: JobRecord): void {
    this.#of(queue, type).counts.enqueued += 1;
  }

  /** A worker has the job. */
  claimed({ queue, type, attempt, availableAt, enqueuedAt }: JobRecord, at: number): void {
    if (attempt === 1) this.#of(queue, type).wait.observe(secondsBetween(Math.max(availableAt, enqueuedAt), at));
  }

  /** A job was finished without being read. */
  completed({ queue, type, startedAt }: CompletedJob, at: number): void {
    const series = this.#of(queue, type);
    series.counts.completed += 1;
    if (startedAt !== null) series.ran("completed", secondsBetween(startedAt, at));
  }

  /** A job made a move; `job` is what it became. */
  moved(job: JobRecord, { events }: Pick<Transition, "events">, at: number): void {
    const { state, startedAt, workerId } = job;
    const failure = events.includes("job.failed");
    const { counts } = this.#of(job.queue, job.type);
    if (state === "completed") this.completed(job, at);
    else if (state === "discarded") {
      counts.failed += 1;
      if (job.expired) counts.expired += 1;
      // One that only waited has no attempt that its end could have ended.
      if (failure && startedAt !== null) this.#last.ran("discarded", secondsBetween(startedAt, at));
    } else if (state === "cancelled") {
      counts.cancelled += 1;
      // It keeps its worker when it was running, and has none when it waited.
      if (workerId !== null && startedAt !== null) this.#last.ran("cancelled", secondsBetween(startedAt, at));
    } else if (failure) counts.retried += 1;
  }

  /** Everything so far, pair by pair. */
  *read(): IterableIterator<JobReading> {
    for (const types of this.#queues.values()) for (const series of types.values()) yield series.read();
    if (this.#other.isUsed) yield this.#other.read();
  }

  #of(queue: string, type: string): Series {
    const last = this.#last;
    if (last.queue !== queue || last.type !== type) this.#last = this.#found(queue, type);
    return this.#last;
  }

  #found(queue: string, type: string): Series {
    const known = this.#queues.get(queue)?.get(type);
    if (known !== undefined) return known;
    if (this.#size === MAX_SERIES) return this.#other;
    this.#size += 1;
    const series = new Series(queue, type);
    const types = this.#queues.get(queue);
    if (types === undefined) this.#queues.set(queue, new Map([[type, series]]));
    else types.set(type, series);
    return series;
  }
}

/** The numbers of one queue and type. */
class Series {
  readonly queue: string;
  readonly type: string;
  readonly counts: JobCounts = { enqueued: 0, completed: 0, failed: 0, retried: 0, cancelled: 0, expired: 0 };
  readonly wait: Histogram = new Histogram(WAIT_BOUNDS);
  readonly #run = new Map<EndState, Histogram>();

  constructor(queue: string, type: string) {
    this.queue = queue;
    this.type = type;
  }

  get isUsed(): boolean {
    return Object.values(this.counts).some((count) => count > 0) || this.wait.read().count > 0;
  }

  ran(state: EndState, seconds: number): void {
    let histogram = this.#run.get(state);
    if (histogram === undefined) {
      histogram = new Histogram(RUN_BOUNDS);
      this.#run.set(state, histogram);
    }
    histogram.observe(seconds);
  }

  read(): JobReading {
    const { queue, type, counts, wait } = this;
    const run = new Map(Array.from(this.#run, ([state, histogram]) => [state, histogram.read()]));
    return { queue, type, counts: { ...counts }, wait: wait.read(), run };
  }
}

function secondsBetween(from: number, to: number): number {
  return Math.max(0, to - from) / 1_000;
}
