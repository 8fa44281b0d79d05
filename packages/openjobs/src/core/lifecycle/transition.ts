/** What all lifecycle functions share: their result, their surroundings, and when a job needs a timer. */
import type { JobEventKind } from "../event-kinds.ts";
import type { FailureEntry } from "../failure.ts";
import type { JobChange, JobRecord } from "../job.ts";
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
  const at = job.state === "active" ? endOfPatience(job) : endOfWait(job);
  return at === NEVER ? null : at;
}

function endOfPatience({ leaseUntil, timeoutAt, stallAt, endBy }: DueFields): number {
  return Math.min(leaseUntil ?? NEVER, timeoutAt ?? NEVER, stallAt ?? NEVER, endBy ?? NEVER);
}

function endOfWait({ state, lease, availableAt, expiresAt, startBy, endBy }: DueFields): number {
  const promotion = state === "scheduled" || state === "retryable" ? availableAt : NEVER;
  const ttl = lease === 0 ? (startBy ?? NEVER) : NEVER;
  return Math.min(promotion, expiresAt ?? NEVER, ttl, endBy ?? NEVER);
}

/** Completes a change with the `dueAt` that follows from it. Field by field: to copy the whole job costs ten times as much. */
export function withDueAt(job: JobRecord, change: JobChange): JobChange {
  const dueAt = dueAtOf({
    state: change.state ?? job.state,
    lease: change.lease ?? job.lease,
    availableAt: change.availableAt ?? job.availableAt,
    expiresAt: job.expiresAt,
    startBy: changed(change.startBy, job.startBy),
    endBy: changed(change.endBy, job.endBy),
    leaseUntil: changed(change.leaseUntil, job.leaseUntil),
    timeoutAt: changed(change.timeoutAt, job.timeoutAt),
    stallAt: changed(change.stallAt, job.stallAt),
  });
  return { ...change, dueAt };
}

/** Null is a value; only undefined leaves it as it was. */
function changed(after: number | null | undefined, before: number | null): number | null {
  return after === undefined ? before : after;
}
