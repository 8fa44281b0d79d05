/** The part of the storage port that goes through jobs by the thousand, a stretch at a time. Internal: no semver promise. */
import type { JobRecord } from "../core/job.ts";
import type { FinishedKind } from "../core/retention.ts";
import type { WaitingState } from "../core/states.ts";

/** The jobs to go through: those that wait in one queue; those that have ended or that a named worker holds, in whatever queue. */
export type JobSet =
  | { readonly state: WaitingState; readonly queue: string }
  | { readonly state: FinishedKind | "active"; readonly queue?: undefined };

/** Some jobs of a set; `next` leads to the ones after them, and is absent when there are none. */
export interface Stretch {
  readonly jobs: readonly JobRecord[];
  readonly next?: string;
}

/** Goes through jobs without stopping the store for longer than a stretch takes. */
export interface JobWalk {
  /**
   * The next `limit` jobs of a set, in an order of the driver's. A job that is in the set from the first stretch to the
   * last is seen exactly once, whatever happens to others meanwhile; one that comes or goes may be seen or not.
   */
  walk(set: JobSet, limit: number, after?: string): Promise<Stretch>;
}
