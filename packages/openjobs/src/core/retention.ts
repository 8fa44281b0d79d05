/** How long finished jobs are kept (ojs-queue-config §6.3, ojs-dead-letter §5, ojs-results §7.1). */
import { type Duration, toMilliseconds } from "./duration.ts";
import type { JobRecord } from "./job.ts";

/** What can be kept for a time of its own. A dead letter is discarded, but somebody may still want to retry it. */
export const FINISHED_KINDS = ["completed", "cancelled", "discarded", "deadLetters"] as const;

/** One of {@link FINISHED_KINDS}. */
export type FinishedKind = (typeof FINISHED_KINDS)[number];

/** Milliseconds from the end of a job to its removal; null = never. */
export type RetentionTimes = Readonly<Record<FinishedKind, number | null>>;

/**
 * How long finished jobs are kept, counted from their end: milliseconds, a text such as `"36h"`, `"7d"` or `"P7D"`, or
 * `"forever"`.
 */
export interface Retention {
  /** Default: 7 days; 1 hour in a store that forgets everything with its process. */
  readonly completed?: Duration | "forever";
  /** Default: 7 days; 1 hour in a store that forgets everything with its process. */
  readonly cancelled?: Duration | "forever";
  /** Jobs that failed for good or expired, and are no dead letters. Default: 30 days; 1 day in such a store. */
  readonly discarded?: Duration | "forever";
  /** Default: 180 days. */
  readonly deadLetters?: Duration | "forever";
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The defaults of the specification (docs/adr/009-retention.md). */
const ON_DISK: RetentionTimes = {
  completed: 7 * DAY,
  cancelled: 7 * DAY,
  discarded: 30 * DAY,
  deadLetters: 180 * DAY,
};

/** History that does not outlive the process is not worth much of its memory. */
const IN_MEMORY: RetentionTimes = { ...ON_DISK, completed: HOUR, cancelled: HOUR, discarded: DAY };

/** Removes nothing, ever. */
export const KEEP_FOREVER: RetentionTimes = { completed: null, cancelled: null, discarded: null, deadLetters: null };

/**
 * Fills in the defaults; `durable` says whether the store outlives its process.
 *
 * @throws OjsError `invalid_request` when a time is neither a duration nor `"forever"`.
 */
export function readRetention(retention: Retention, durable: boolean): RetentionTimes {
  const defaults = durable ? ON_DISK : IN_MEMORY;
  const timeOf = (kind: FinishedKind): number | null => {
    const given = retention[kind];
    if (given === undefined) return defaults[kind];
    return given === "forever" ? null : toMilliseconds(given);
  };
  return {
    completed: timeOf("completed"),
    cancelled: timeOf("cancelled"),
    discarded: timeOf("discarded"),
    deadLetters: timeOf("deadLetters"),
  };
}

/** What a job is kept as; undefined while it has not ended. */
export function finishedKind({ state, deadLetter }: Pick<JobRecord, "state" | "deadLetter">): FinishedKind | undefined {
  if (state === "completed" || state === "cancelled") return state;
  if (state !== "discarded") return undefined;
  return deadLetter ? "deadLetters" : "discarded";
}
