/**
 * The part of the storage port that keeps workflows (docs/adr/013-joins-count-down.md). Internal: no semver promise.
 *
 * Members are jobs with a `workflowId`. A {@link Completion} leaves them untouched, so that every end of a member comes with
 * a unit, and an {@link Arrive} in it.
 */
import type { JobChange, JobRecord, JsonText } from "../core/job.ts";
import type { Arrival } from "../core/workflow/arrival.ts";
import type { ParentStep } from "../core/workflow/parent-results.ts";
import type { JoinRecord, StepRecord, WorkflowRecord, WorkflowState } from "../core/workflow/workflow.ts";
import type { Page, PageRequest } from "./page.ts";

/** One write. Guard: no workflow has this id, and no job the id of one of `jobs`, which are its released steps. */
export interface InsertWorkflow {
  readonly kind: "insert-workflow";
  readonly workflow: WorkflowRecord;
  readonly steps: readonly StepRecord[];
  readonly joins: readonly JoinRecord[];
  readonly jobs: readonly JobRecord[];
}

/**
 * One write without a guard: a member has ended. Applied together with the other arrivals of the group, after its units and
 * before its claims (before a unit that writes a workflow, if there is one), as follows.
 *
 * 1. A step whose workflow is running and that is `released` gets outcome, times and error. Other arrivals are nothing: a
 *    step arrives once.
 * 2. The workflow's `completed` or `failed` grows by one unless the step is a callback, and its first failure is kept.
 * 3. At each of the step's targets `remaining` falls by one, and `failed` grows by one unless the step was completed.
 * 4. A join that has come to zero runs its program (`programOf`): waiting steps that it skips are `cancelled`, waiting steps
 *    that it releases become jobs (`releaseStep`), an `end` gives the workflow its state, and its arrivals are
 *    step 3 again, until nothing is left. A loop, not a recursion: a graph may be ten thousand joins deep.
 *
 * All of it is addition and the order does not matter, so whoever applies it needs no revision of anything.
 */
export interface Arrive extends Arrival {
  readonly kind: "arrive";
}

/**
 * One write. Guard: the workflow is running. It becomes `cancelled`, and every member that has not ended gets the change,
 * active ones too.
 */
export interface CancelWorkflow {
  readonly kind: "cancel-workflow";
  readonly id: string;
  readonly change: JobChange;
}

/**
 * One write. Guard: the workflow failed at `endedAt` and has not run since, and no job has the id of one of `jobs`. It runs again,
 * with these counters, steps and joins in the place of those that have the same number.
 */
export interface ResumeWorkflow {
  readonly kind: "resume-workflow";
  readonly id: string;
  readonly endedAt: number | null;
  readonly failed: number;
  readonly steps: readonly StepRecord[];
  readonly joins: readonly JoinRecord[];
  readonly jobs: readonly JobRecord[];
}

/** Effects on workflows. */
export type WorkflowEffect = InsertWorkflow | Arrive | CancelWorkflow | ResumeWorkflow;

/** What a group did to workflows beyond what its units said, for those who tell the world. */
export interface WorkflowNews {
  /** In the order in which it happened. */
  readonly facts: readonly WorkflowFact[];
  /** Workflows whose first member was claimed by the group. */
  readonly started: readonly WorkflowRecord[];
}

/** One thing that happened. A workflow is as it was when all arrivals of the group had been applied. */
export type WorkflowFact =
  | { readonly kind: "arrived"; readonly workflow: WorkflowRecord; readonly step: StepRecord }
  | {
      readonly kind: "released";
      readonly workflow: WorkflowRecord;
      readonly step: StepRecord;
      readonly job: JobRecord;
    }
  | { readonly kind: "ended"; readonly workflow: WorkflowRecord }
  /** A member was cancelled with its workflow; `job` is what it became. */
  | { readonly kind: "cancelled"; readonly job: JobRecord };

/** A step and the job that it became. */
export interface StepView {
  readonly step: StepRecord;
  /** Undefined before the release, and when the job is gone. */
  readonly job?: Pick<JobRecord, "state" | "startedAt" | "endedAt">;
  /** See {@link ParentStep}. */
  readonly result: JsonText | null;
  readonly leftOut: number | null;
}

/** A member that was claimed, and wants to know the results before it. */
export interface ResultsRequest {
  readonly workflowId: string;
  readonly step: number;
}

/** Which workflows to list. */
export interface WorkflowFilter {
  readonly state?: WorkflowState;
  readonly name?: string;
}

/** Read access to workflows. */
export interface WorkflowQueries {
  get(id: string): Promise<WorkflowRecord | undefined>;
  /** Newest first. */
  list(filter: WorkflowFilter, page: PageRequest): Promise<Page<WorkflowRecord>>;
  /** All steps by number, without their `ready`; results as far as they fit together (`fittingResults`). */
  steps(id: string): Promise<readonly StepView[]>;
  /** The same without results, and with the `ready` of steps that were never released. */
  plan(id: string): Promise<readonly StepRecord[]>;
  joins(id: string): Promise<readonly JoinRecord[]>;
  /**
   * For each request the step, and the steps that its parents name (`parentRanges`), with their results as above. Undefined
   * when there is no such step.
   */
  parents(requests: readonly ResultsRequest[]): Promise<readonly (StepParents | undefined)[]>;
}

/** A step with those before it. */
export interface StepParents {
  readonly step: StepRecord;
  readonly found: readonly ParentStep[];
}

/** Which workflows that have ended to remove. */
export interface WorkflowPrune {
  readonly state: Exclude<WorkflowState, "running">;
  /** Those that ended at this moment (Unix milliseconds) or before. */
  readonly endedBy: number;
  /** Rows to remove: members, steps, joins and workflows. */
  readonly limit: number;
}

/** What a refused unit calls a workflow. Has a colon in it, so that it is never the id of a job. */
export function workflowName(id: string): string {
  return `workflow:${id}`;
}
