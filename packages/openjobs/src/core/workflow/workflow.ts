/**
 * A workflow as the server keeps it (ojs-workflows §3, §8; docs/adr/013-joins-count-down.md): steps, which are jobs to be,
 * and joins, which count down and say what follows.
 */
import type { JsonText } from "../job.ts";

/** Forms of a workflow; `graph` is one of `depends_on` that is none of the others (ojs-http-binding §14). */
export const WORKFLOW_TYPES = ["chain", "group", "batch", "graph"] as const;

/** One of {@link WORKFLOW_TYPES}. */
export type WorkflowType = (typeof WORKFLOW_TYPES)[number];

/** States of a workflow. It runs from its creation on: `pending` of ojs-workflows §8 is never seen (contract row 26). */
export const WORKFLOW_STATES = ["running", "completed", "failed", "cancelled"] as const;

/** One of {@link WORKFLOW_STATES}. */
export type WorkflowState = (typeof WORKFLOW_STATES)[number];

/** When a callback is enqueued (ojs-workflows §6.3). */
export const CALLBACK_KINDS = ["on_complete", "on_success", "on_failure"] as const;

/** One of {@link CALLBACK_KINDS}. */
export type CallbackKind = (typeof CALLBACK_KINDS)[number];

/** A stored workflow. Times are Unix milliseconds. */
export interface WorkflowRecord {
  readonly id: string;
  /** Order of creation, given by the storage; 0 before. */
  readonly seq: number;
  /** Fingerprint of the request that brought a client-chosen id; tells a replay from a clash. */
  readonly digest: string | null;
  readonly type: WorkflowType;
  readonly name: string | null;
  /** JSON object text: what all steps inherit. */
  readonly meta: JsonText;
  /** JSON array text of {@link NestedNode}. */
  readonly nested: JsonText;
  readonly createdAt: number;
  readonly state: WorkflowState;
  /** When the first member was claimed. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Steps, nested ones too, without callbacks. */
  readonly total: number;
  /** How many of them were completed. */
  readonly completed: number;
  /** How many of them ended otherwise: discarded, expired, cancelled, removed. */
  readonly failed: number;
  /** JSON text of the first {@link StepFailure}. */
  readonly failure: JsonText | null;
}

/** Where a step is in its workflow: indexes from the outside in; a callback's last part is its kind. */
export type Place = readonly (number | CallbackKind)[];

/** A workflow inside of a workflow, for those who look at it. */
export interface NestedNode {
  readonly place: Place;
  readonly type: WorkflowType;
  readonly id: string;
  readonly name: string | null;
  readonly dependsOn?: readonly string[];
}

/**
 * Whose results a step is given: those of the steps from `from` up to, not including, `to`, as arrays in arrays that follow
 * their places below `depth`, after `skipped` nulls. Or those of single steps, in this order.
 */
export type Parents =
  | { readonly from: number; readonly to: number; readonly depth: number; readonly skipped: number }
  | { readonly steps: readonly number[] };

/** What is known of a step from the beginning. */
export interface StepPlan {
  /** Position in its workflow, in the order of definition. */
  readonly number: number;
  /** Unique in its workflow; the client's or made of its place. */
  readonly id: string;
  readonly name: string | null;
  /** Type of its job. */
  readonly type: string;
  readonly place: Place;
  readonly callback: CallbackKind | null;
  readonly dependsOn: readonly string[] | null;
  readonly parents: Parents | null;
  /** The id that its job has or will have. Nobody outside knows it before the release, so nobody can take it. */
  readonly jobId: string;
  /** Joins that the end of the job arrives at. */
  readonly targets: readonly number[];
}

/** What becomes of a step; `waiting` and `released` ones are open. */
export type StepState = "waiting" | "released" | StepOutcome;

/** How a step ends: all but `completed` are failures to the joins. Skipped steps are `cancelled` too. */
export type StepOutcome = "completed" | "failed" | "cancelled";

/** A stored step. */
export interface StepRecord extends StepPlan {
  /** JSON text of a {@link import("./release.ts").ReadyJob}; null once it is released. Skipped steps keep it. */
  readonly ready: JsonText | null;
  readonly state: StepState;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** JSON text of {@link StepError}. */
  readonly error: JsonText | null;
}

/** Why a step failed (ojs-workflows §9.6). */
export interface StepError {
  readonly job_id: string;
  readonly type: string;
  readonly code: string;
  readonly message: string;
  readonly attempt: number;
}

/** The failure that a workflow remembers: the first one. */
export interface StepFailure {
  readonly step: number;
  readonly step_id: string;
  readonly step_type: string;
  readonly place: Place;
  readonly error: StepError;
}

/** Steps from `[0]` up to, not including, `[1]`. */
export type StepRange = readonly [from: number, to: number];

/** What a join does when its last arrival has come. Data: whoever carries it out decides nothing. */
export interface JoinProgram {
  /** Waiting steps to turn into jobs. */
  readonly release: readonly StepRange[];
  /** Waiting steps that will never run. */
  readonly skip: readonly StepRange[];
  /** Arrivals at other joins; `1` = as a failure. */
  readonly arrive: readonly (readonly [join: number, failed: 0 | 1])[];
  readonly end: "completed" | "failed" | null;
}

/** A stored join. */
export interface JoinRecord {
  readonly number: number;
  /** Arrivals that it waits for in all. */
  readonly expected: number;
  /** Arrivals that are still to come. */
  readonly remaining: number;
  /** Arrivals so far that were failures. */
  readonly failed: number;
  /** Runs when the last arrival has come and none was a failure … */
  readonly ok: JoinProgram;
  /** … or some were. */
  readonly bad: JoinProgram;
}

/** What is due at a join that has come to zero. The one rule of all workflows. */
export function programOf({ failed, ok, bad }: Pick<JoinRecord, "failed" | "ok" | "bad">): JoinProgram {
  return failed === 0 ? ok : bad;
}
