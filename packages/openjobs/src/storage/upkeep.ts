/** The part of the storage port that keeps a store from growing for ever. Internal: no semver promise. */
import type { FinishedKind } from "../core/retention.ts";
import type { WorkflowPrune } from "./workflows.ts";

/** Which finished jobs to remove. */
export interface Prune {
  readonly kind: FinishedKind;
  /** Those that ended at this moment (Unix milliseconds) or before. */
  readonly endedBy: number;
  readonly limit: number;
}

/** What a prune did. */
export interface Pruned {
  readonly removed: number;
  /** When the oldest job, or workflow, of this kind that is left ended; absent when there is none. */
  readonly oldest?: number;
}

/** Housekeeping in small steps, each of which stops a synchronous store for milliseconds at most. */
export interface Upkeep {
  /**
   * Removes jobs that ended long ago, the longest ended first, at most `limit` of them, with their place in the counters
   * of their queues. All of it happens or nothing. There is no guard: a job that has ended and is brought back counts as
   * ended no more, and is not touched. Members of workflows are not touched either, except for dead letters.
   */
  prune(request: Prune): Promise<Pruned>;
  /**
   * Removes workflows that ended long ago with their members, the longest ended first, at most `limit` rows at once: what is
   * left of a large one is for the next call. Members that are dead letters or have been brought back are
   * members no more.
   */
  pruneWorkflows(request: WorkflowPrune): Promise<Pruned>;
  /** Gives room that nobody uses back to the system, if there is much of it; true when there is more to do. */
  tidy(): Promise<boolean>;
}
