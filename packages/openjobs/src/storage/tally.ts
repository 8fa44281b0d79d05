import { JOB_STATES, type JobRecord, type JobState } from "../core/job.ts";
import type { QueueActivity, QueueRecord, QueueTotals } from "./storage.ts";

/** How long a queue's activity is kept at least, in milliseconds; older minutes may go. */
export const ACTIVITY_KEPT_MS: number = 2 * 60 * 60 * 1000;

/** The part of a job that its queue's counters depend on. */
type Counted = Pick<JobRecord, "queue" | "state" | "deadLetter">;

/** What lanes have to know of a job. */
type LaneJob = Pick<JobRecord, "id" | "queue" | "lane" | "state" | "priority" | "availableAt" | "seq">;

/** Something that happened to a job in a lane; without `before` it is new, without `after` it is gone. */
export interface LaneMove {
  readonly before?: LaneJob;
  readonly after?: LaneJob;
}

/** What a group changes in one queue: additions (or, for counts, subtractions) to what is stored. */
export interface QueueDelta {
  readonly queue: string;
  readonly counts: Readonly<Record<JobState, number>>;
  readonly deadLetters: number;
  /** Belongs to the minute of the group's time. */
  readonly activity: QueueActivity;
}

const NO_MOVES: readonly LaneMove[] = [];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Sums {
  readonly counts: Record<JobState, number>;
  deadLetters: number;
  readonly activity: Mutable<QueueActivity>;
}

/** The minute that `at` (Unix milliseconds) lies in, as a whole number of minutes: the key of an activity bucket. */
export function minuteOf(at: number): number {
  return Math.floor(at / 60_000);
}

/** A count of zero for every state. */
export function noCounts(): Record<JobState, number> {
  const counts: Partial<Record<JobState, number>> = {};
  for (const state of JOB_STATES) counts[state] = 0;
  // Every state was just set.
  return counts as Record<JobState, number>;
}

/** What queues have in sum. */
export function sumOf(
  queues: Iterable<Pick<QueueRecord, "counts" | "deadLetters">>,
): Pick<QueueTotals, "queues" | "counts" | "deadLetters"> {
  const sum = { queues: 0, counts: noCounts(), deadLetters: 0 };
  for (const { counts, deadLetters } of queues) {
    sum.queues += 1;
    sum.deadLetters += deadLetters;
    for (const state of JOB_STATES) sum.counts[state] += counts[state];
  }
  return sum;
}

/** Activity of a queue in which nothing happened. */
export function noActivity(): Mutable<QueueActivity> {
  return { started: 0, completed: 0, failed: 0, waitMs: 0, runMs: 0 };
}

/** Adds `more` to `sum`, field by field. */
export function addActivity(sum: Mutable<QueueActivity>, more: QueueActivity): void {
  sum.started += more.started;
  sum.completed += more.completed;
  sum.failed += more.failed;
  sum.waitMs += more.waitMs;
  sum.runMs += more.runMs;
}

/**
 * Collects what a group does to the counters of its queues, so that a driver writes each queue once a group.
 * Knows what counts as what, so that no two drivers count differently. One tally per commit; count only what happened.
 */
export class Tally {
  readonly #queues = new Map<string, Sums>();
  /** Most groups have none. */
  #laneMoves: LaneMove[] | undefined;

  /** What happened to jobs in lanes, in this order; claims and plain completions are not among it. */
  get laneMoves(): readonly LaneMove[] {
    return this.#laneMoves ?? NO_MOVES;
  }

  /** A new job. */
  inserted(job: Counted & LaneJob): void {
    this.#count(job, 1);
    if (job.lane !== null) this.#noteMove({ after: job });
  }

  /** A job whose row is gone; one that has ended may be told by what is counted of it. */
  removed(job: Counted | (Counted & LaneJob)): void {
    this.#count(job, -1);
    if ("lane" in job && job.lane !== null) this.#noteMove({ before: job });
  }

  /** A transition decided by the engine; `failure` says that it ended a failed attempt. */
  updated(before: JobRecord, after: JobRecord, now: number, failure: boolean): void {
    this.#move(before, after);
    if (before.lane !== null) this.#noteMove({ before, after });
    if (failure) this.#sums(before.queue).activity.failed += 1;
    const finished = after.state === "completed" && before.state !== "completed";
    if (finished) this.#ran(before, now);
  }

  /** An available job that was claimed; `before` is the job as it waited. */
  claimed(before: JobRecord, now: number): void {
    this.#move(before, { ...stateOf(before), state: "active" });
    const { activity } = this.#sums(before.queue);
    activity.started += 1;
    activity.waitMs += Math.max(0, now - Math.max(before.availableAt, before.enqueuedAt));
  }

  /** An active job that was completed without being read first; `before` is the job as it ran. */
  completed(before: Counted & Pick<JobRecord, "startedAt">, now: number): void {
    this.#move(before, { ...stateOf(before), state: "completed" });
    this.#ran(before, now);
  }

  /** Takes over what another tally collected: a unit that turned out to happen. */
  add(other: Tally): void {
    for (const { queue, counts, deadLetters, activity } of other.deltas()) {
      const sums = this.#sums(queue);
      for (const state of JOB_STATES) sums.counts[state] += counts[state];
      sums.deadLetters += deadLetters;
      addActivity(sums.activity, activity);
    }
    for (const move of other.laneMoves) this.#noteMove(move);
  }

  /** What was collected, one entry per queue that anything happened in. */
  *deltas(): IterableIterator<QueueDelta> {
    for (const [queue, sums] of this.#queues) yield { queue, ...sums };
  }

  #noteMove(move: LaneMove): void {
    this.#laneMoves ??= [];
    this.#laneMoves.push(move);
  }

  #move(before: Counted, after: Counted): void {
    this.#count(before, -1);
    this.#count(after, 1);
  }

  #ran(job: Pick<JobRecord, "queue" | "startedAt">, now: number): void {
    const { activity } = this.#sums(job.queue);
    activity.completed += 1;
    activity.runMs += job.startedAt === null ? 0 : Math.max(0, now - job.startedAt);
  }

  #count(job: Counted, by: 1 | -1): void {
    const sums = this.#sums(job.queue);
    sums.counts[job.state] += by;
    if (job.deadLetter && job.state === "discarded") sums.deadLetters += by;
  }

  #sums(queue: string): Sums {
    let sums = this.#queues.get(queue);
    if (sums === undefined) {
      sums = { counts: noCounts(), deadLetters: 0, activity: noActivity() };
      this.#queues.set(queue, sums);
    }
    return sums;
  }
}

function stateOf({ queue, state, deadLetter }: Counted): Counted {
  return { queue, state, deadLetter };
}
