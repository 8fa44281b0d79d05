/** Operations on many jobs as the engine sees them (ojs-bulk-operations §6–§8, §10). */
import type { ErrorName } from "../core/error-table.ts";
import type { JobState } from "../core/job.ts";
import type { FilterStates, JobFilter } from "../core/job-filter.ts";

/** What is done to the jobs. */
export type SelectionVerb = "cancel" | "retry" | "delete";

/** Jobs, and what is to be done to them. */
export interface Selection {
  readonly verb: SelectionVerb;
  /** Ids, each once; or conditions. */
  readonly jobs: { readonly ids: readonly string[] } | { readonly filter: JobFilter };
  /** True = all or nothing. */
  readonly atomic: boolean;
  /** The client's key: a day long it stands for this request, `digest`. Null = none. */
  readonly once: { readonly key: string; readonly digest: string } | null;
  /** Whether nobody waits for the answer any more: then the operation stops where it is. */
  readonly abandoned: () => boolean;
}

/** What became of one job. */
export interface SelectedJob {
  readonly jobId: string;
  /** Null = it was done. */
  readonly refusal: SelectionRefusal | null;
}

/** Why it was not done to a job; plain data, because answers under a key are kept. */
export interface SelectionRefusal {
  readonly code: Extract<ErrorName, "conflict" | "not_found"> | "rolled_back";
  readonly message: string;
  /** The job's state, when there is such a job. */
  readonly state: JobState | null;
}

/** What became of all. */
export interface SelectionOutcome {
  /** The first {@link import("../core/limits.ts").LIMITS.namedJobs} of them. */
  readonly items: readonly SelectedJob[];
  /** Items that there are, named or not. */
  readonly total: number;
  /** Jobs that exist. */
  readonly matched: number;
  readonly done: number;
}

/** The part of an engine that works on selections. */
export interface SelectionEngine {
  /**
   * Cancels, retries or deletes many jobs, a few hundred a commit, or all of at most 1,000 in one when `atomic`. With a
   * key each job is done once, however often the request is repeated and even if the server is killed in the middle.
   *
   * Rejects with `conflict` when another request had the key, `payload_too_large` when an atomic filter meets too many
   * jobs, and as every operation when the storage does not answer; some jobs may be done then.
   */
  select(selection: Selection): Promise<SelectionOutcome>;
}

/** Which states each operation can do something about (§6.1, §7, §8). Running jobs are cancelled one by one, by id. */
export const SELECTABLE: Readonly<Record<SelectionVerb, FilterStates>> = {
  cancel: {
    allowed: ["available", "scheduled", "pending", "retryable"],
    usual: ["available", "scheduled"],
  },
  retry: { allowed: ["discarded", "retryable"], usual: ["discarded", "retryable"] },
  delete: { allowed: ["completed", "cancelled", "discarded"], usual: ["completed", "cancelled", "discarded"] },
};
