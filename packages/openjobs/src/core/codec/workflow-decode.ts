/** Workflows on their way in: what a client makes of any OJS server's answer (ojs-workflows §3, §8, §9.6, §11). */
import { isMembers, type Members } from "../request-fields.ts";
import { objectAt, readObject } from "./answer-shape.ts";
import { decodeJobError, type JobError } from "./job-error.ts";
import { integer, list, present, strings, text } from "./wire-values.ts";

/** Where a workflow stands (ojs-workflows §8.1). The last three are final. */
export const WORKFLOW_STATES = ["pending", "running", "completed", "failed", "cancelled"] as const;

/** One of {@link WORKFLOW_STATES}. */
export type WorkflowState = (typeof WORKFLOW_STATES)[number];

/** A state, or a word that a newer server made up. */
export type WorkflowStateWord = WorkflowState | (string & Record<never, never>);

/** Members of a step that only some steps have. */
export interface WorkflowStepFacts {
  /** Its name in the graph, or the one that the server gave it: `step-0`, `job-3`. */
  readonly id?: string;
  /** Its place among its siblings, from 0. */
  readonly index?: number;
  /** Name of a nested workflow. */
  readonly name?: string;
  /** Absent as long as it waits for others. */
  readonly jobId?: string;
  /** RFC 3339. */
  readonly startedAt?: string;
  /** RFC 3339. */
  readonly completedAt?: string;
  /** What the handler returned; absent for null. */
  readonly result?: unknown;
  /** Why it failed. */
  readonly error?: JobError;
  /** The steps of a nested workflow. */
  readonly steps?: readonly WorkflowStep[];
}

/** How far one step is. */
export interface WorkflowStep extends WorkflowStepFacts {
  /** Type of its job; `chain`, `group` or `batch` for a nested workflow. */
  readonly type: string;
  /** `waiting`, then the states of its job; servers differ in their words (ojs-workflows §4.4). */
  readonly state: string;
  /** Ids of the steps that it waits for. */
  readonly dependsOn: readonly string[];
}

/** Why a job of a workflow ended badly (ojs-workflows §9.6). */
export interface WorkflowError extends JobError {
  readonly jobId: string;
}

/** Members of a workflow that only some have. */
export interface WorkflowFacts {
  /** `chain`, `group`, `batch`; a graph may have none. */
  readonly type?: string;
  readonly name?: string;
  /** RFC 3339, when its first job began. */
  readonly startedAt?: string;
  /** RFC 3339, when it reached its final state. */
  readonly completedAt?: string;
  readonly cancelledAt?: string;
  /** Of a chain: the step that ended it. */
  readonly failedStepIndex?: number;
  /** Only in answers to a cancellation. */
  readonly stepsCancelled?: number;
  /** Only in answers to a cancellation. */
  readonly stepsAlreadyCompleted?: number;
}

/** A workflow as a client sees it. Times are texts as the server sent them. */
export interface Workflow<Results = unknown> extends WorkflowFacts {
  /** For the compiler: what its steps return, as far as its definition says. Never there at run time. */
  readonly "~results"?: Results;
  /** UUIDv7. */
  readonly id: string;
  readonly state: WorkflowStateWord;
  /** Its steps or jobs, in order; empty in answers that do not list them. */
  readonly steps: readonly WorkflowStep[];
  /** The callbacks of a batch, under their wire names, as far as the server tells of them. */
  readonly callbacks: Readonly<Record<string, WorkflowStep>>;
  readonly jobCount: number;
  readonly completedCount: number;
  readonly failedCount: number;
  readonly createdAt: string;
  readonly failedJobIds: readonly string[];
  readonly errors: readonly WorkflowError[];
}

/** Reads a workflow, wrapped in `{"workflow": …}` or not. Throws a plain Error when this is none. */
export function decodeWorkflow(answer: unknown): Workflow {
  const outer = readObject(answer, "the answer");
  const workflow = isMembers(outer.workflow) ? outer.workflow : outer;
  const id = text(workflow.id);
  if (id === undefined) throw new Error("the workflow has no id");
  const metadata = objectAt(workflow, "metadata");
  return {
    id,
    state: text(workflow.state) ?? "pending",
    steps: decodeSteps(workflow),
    callbacks: decodeCallbacks(workflow),
    ...countsOf(workflow, metadata),
    createdAt: textIn("created_at", workflow, metadata) ?? "",
    failedJobIds: strings(workflow.failed_job_ids) ?? strings(metadata.failed_job_ids) ?? [],
    errors: (list(workflow.errors) ?? list(metadata.errors) ?? []).flatMap(decodeError),
    ...present<WorkflowFacts>({
      type: text(workflow.type),
      name: text(workflow.name),
      startedAt: textIn("started_at", workflow, metadata),
      completedAt: textIn("completed_at", workflow, metadata),
      cancelledAt: textIn("cancelled_at", workflow, metadata),
      failedStepIndex: integer(workflow.failed_step_index) ?? integer(metadata.failed_step_index),
      stepsCancelled: integer(workflow.steps_cancelled),
      stepsAlreadyCompleted: integer(workflow.steps_already_completed) ?? integer(workflow.steps_already_complete),
    }),
  };
}

/** ojs-workflows counts in `metadata`, the official cases count steps and jobs apart. */
function countsOf(workflow: Members, metadata: Members): Pick<Workflow, "jobCount" | "completedCount" | "failedCount"> {
  const count = (...values: readonly unknown[]): number | undefined => values.map(integer).find((n) => n !== undefined);
  const { steps_total, jobs_total, steps_completed, jobs_completed } = workflow;
  return {
    jobCount: count(metadata.job_count, steps_total, jobs_total) ?? membersOf(workflow).length,
    completedCount: count(metadata.completed_count, steps_completed, jobs_completed) ?? 0,
    failedCount: count(metadata.failed_count) ?? 0,
  };
}

function decodeSteps(workflow: Members): readonly WorkflowStep[] {
  return membersOf(workflow).filter(isMembers).map(decodeStep);
}

function membersOf({ steps, jobs }: Members): readonly unknown[] {
  return list(steps) ?? list(jobs) ?? [];
}

function decodeCallbacks({ callbacks }: Members): Workflow["callbacks"] {
  const entries = isMembers(callbacks) ? Object.entries(callbacks) : [];
  return Object.fromEntries(entries.flatMap(([name, wire]) => (isMembers(wire) ? [[name, decodeStep(wire)]] : [])));
}

function decodeStep(step: Members): WorkflowStep {
  const nested = decodeSteps(step);
  return {
    type: text(step.type) ?? "",
    state: text(step.state) ?? "waiting",
    dependsOn: strings(step.depends_on) ?? [],
    ...present<WorkflowStepFacts>({
      id: text(step.id),
      index: integer(step.index),
      name: text(step.name),
      jobId: text(step.job_id),
      startedAt: text(step.started_at),
      completedAt: text(step.completed_at),
      result: step.result ?? undefined,
      error: decodeJobError(step.error),
      steps: nested.length === 0 ? undefined : nested,
    }),
  };
}

function decodeError(wire: unknown): readonly WorkflowError[] {
  const error = decodeJobError(wire);
  return error === undefined || !isMembers(wire) ? [] : [{ ...error, jobId: text(wire.job_id) ?? "" }];
}

function textIn(name: string, ...places: readonly Members[]): string | undefined {
  return places.map((place) => text(place[name])).find((value) => value !== undefined);
}
