/** What all lifecycle functions share: their result, their surroundings, and when a job needs a timer. */
import type { JobEventKind } from "../event-kinds.ts";
import type { FailureEntry } from "../failure.ts";
import type { JobChange, JobRecord, JobState } from "../job.ts";

/** One decided move of a job along the table of `states.ts`. */
export interface Transition {
  /** Applied to the job as it was when the move was decided. */
  readonly change: JobChange;
  /** What happened, in the order in which readers have to see it (ojs-events §3). */
  readonly events: readonly JobEventKind[];
  /** Whether a failed attempt ended, for the statistics. */
  readonly failure: boolean;
  /** The entry that was added to the job's errors, for the events. */
  readonly error?: FailureEntry;
}

/** Time and chance, passed in because core has neither. */
export interface LifecycleContext {
  /** Unix milliseconds. */
  readonly now: number;
  /** Numbers in [0, 1), like `Math.random`. */
  readonly random: () => number;
}

/** The fields that decide when a timer has to look at a job. */
export type DueFields = Pick<JobRecord, "state" | "availableAt" | "expiresAt" | "leaseUntil" | "timeoutAt">;

/** What a job no longer has when its attempt is over. */
export const LEASE_ENDED: Pick<JobRecord, "leaseMs" | "leaseUntil" | "timeoutAt"> = {
  leaseMs: null,
  leaseUntil: null,
  timeoutAt: null,
};

const DUE_TIMES: Readonly<Record<JobState, (job: DueFields) => readonly (number | null)[]>> = {
  scheduled: (job) => [job.availableAt, job.expiresAt],
  retryable: (job) => [job.availableAt, job.expiresAt],
  available: (job) => [job.expiresAt],
  pending: (job) => [job.expiresAt],
  active: (job) => [job.leaseUntil, job.timeoutAt],
  completed: () => [],
  cancelled: () => [],
  discarded: () => [],
};

/** When a timer has to look at the job next (Unix milliseconds); null = never. The value of `JobProgress.dueAt`. */
export function dueAtOf(job: DueFields): number | null {
  const times = DUE_TIMES[job.state](job).filter((time) => time !== null);
  return times.length === 0 ? null : Math.min(...times);
}

/** Completes a change with the `dueAt` that follows from it. */
export function withDueAt(job: JobRecord, change: JobChange): JobChange {
  return { ...change, dueAt: dueAtOf({ ...job, ...change }) };
}
