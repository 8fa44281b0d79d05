/** What all lifecycle functions share: their result, their surroundings, and when a job needs a timer. */
import type { JobEventKind } from "../event-kinds.ts";
import type { FailureEntry } from "../failure.ts";
import type { JobChange, JobRecord } from "../job.ts";
import { changed } from "../job-revision.ts";
import { isTerminal } from "../states.ts";

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
export type DueFields = Pick<
  JobRecord,
  "state" | "lease" | "availableAt" | "expiresAt" | "startBy" | "endBy" | "leaseUntil" | "timeoutAt" | "stallAt"
>;

/** What a job no longer has when its attempt is over. */
export const LEASE_ENDED: Pick<JobRecord, "leaseMs" | "leaseUntil" | "timeoutAt" | "stallAt"> = {
  leaseMs: null,
  leaseUntil: null,
  timeoutAt: null,
  stallAt: null,
};

const NEVER = Number.POSITIVE_INFINITY;

/**
 * When a timer has to look at the job next (Unix milliseconds); null = never. The value of `JobProgress.dueAt`: a job has
 * one alarm, for the soonest of its limits.
 */
export function dueAtOf(job: DueFields): number | null {
  if (isTerminal(job.state)) return null;
  if (job.state !== "active") return waitEnd(job);
  const at = endOfPatience(job);
  return at === NEVER ? null : at;
}

/** What a job waits with. */
export type WaitFields = Omit<DueFields, "leaseUntil" | "timeoutAt" | "stallAt">;

/**
 * The same for a job that waits. A new one is asked about in this way: to add the four fields that it has nothing in by a
 * spread took 5 to 7 µs, most of what a new job cost.
 */
export function waitEnd({ state, lease, availableAt, expiresAt, startBy, endBy }: WaitFields): number | null {
  const promotion = state === "scheduled" || state === "retryable" ? availableAt : NEVER;
  const ttl = lease === 0 ? (startBy ?? NEVER) : NEVER;
  const at = Math.min(promotion, expiresAt ?? NEVER, ttl, endBy ?? NEVER);
  return at === NEVER ? null : at;
}

function endOfPatience({ leaseUntil, timeoutAt, stallAt, endBy }: DueFields): number {
  return Math.min(leaseUntil ?? NEVER, timeoutAt ?? NEVER, stallAt ?? NEVER, endBy ?? NEVER);
}

/** Completes a change with the `dueAt` that follows from it. Field by field: to copy the whole job costs ten times as much. */
export function withDueAt(job: JobRecord, change: Omit<JobChange, "dueAt">): JobChange {
  const dueAt = dueAtOf({
    state: changed(change.state, job.state),
    lease: changed(change.lease, job.lease),
    availableAt: changed(change.availableAt, job.availableAt),
    expiresAt: job.expiresAt,
    startBy: changed(change.startBy, job.startBy),
    endBy: changed(change.endBy, job.endBy),
    leaseUntil: changed(change.leaseUntil, job.leaseUntil),
    timeoutAt: changed(change.timeoutAt, job.timeoutAt),
    stallAt: changed(change.stallAt, job.stallAt),
  });
  // In this order: one more name behind a spread takes V8 a microsecond.
  return { dueAt, ...change };
}
