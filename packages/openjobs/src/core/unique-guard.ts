/**
 * What may not be there when a job is inserted (decisions 2.5): of concurrent enqueues that conflict exactly one wins,
 * because the look and the insert are one commit. Written down once, so that no two drivers see conflicts differently.
 */
import type { JobRecord, JobState } from "./job.ts";

/** Which jobs are in the way of a new one. */
export interface UniqueGuard {
  readonly fingerprint: string;
  readonly states: readonly JobState[];
  /** How long after its creation a job is in the way, in milliseconds; null = for ever. */
  readonly periodMs: number | null;
}

/** What decides whether a job is in the way. */
export type Rival = Pick<JobRecord, "fingerprint" | "state" | "createdAt">;

/** Whether a job is in the way at `now` (Unix milliseconds). */
export function isInTheWay(job: Rival, guard: UniqueGuard, now: number): boolean {
  return (
    job.fingerprint === guard.fingerprint && guard.states.includes(job.state) && job.createdAt > newestFree(guard, now)
  );
}

/** A job that was created then, or before, is in nobody's way any more. */
export function newestFree({ periodMs }: UniqueGuard, now: number): number {
  return periodMs === null ? Number.MIN_SAFE_INTEGER : now - periodMs;
}

/** Order of the jobs in the way: the last created first; of those, the last inserted. */
export function newestFirst(a: JobRecord, b: JobRecord): number {
  return b.createdAt - a.createdAt || b.seq - a.seq;
}
