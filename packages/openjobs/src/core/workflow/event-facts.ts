/** What each kind of workflow event tells (ojs-events §4.4, ojs-workflows Appendix B), under the names of both pages. */
import type { EventData } from "../event-data.ts";
import type { WorkflowEventKind } from "../event-kinds.ts";
import { traceIdOf } from "../trace.ts";
import type { StepFailure, StepRecord, WorkflowRecord } from "./workflow.ts";

/** A workflow was created or has started. */
export function workflowFacts(workflow: WorkflowRecord): EventData {
  const { total } = workflow;
  return { ...identity(workflow), total_steps: total, total_jobs: total };
}

/** A step has ended; `remaining` is how many are left then. */
export function stepFacts(workflow: WorkflowRecord, step: StepRecord, remaining: number): EventData {
  const { startedAt, endedAt, error } = step;
  return {
    ...identity(workflow),
    ...stepIdentity(step),
    duration_ms: startedAt === null || endedAt === null ? 0 : endedAt - startedAt,
    steps_remaining: remaining,
    remaining_steps: remaining,
    ...(error === null ? {} : { error: JSON.parse(error) }),
  };
}

/** The event for the end of a step: a chain and a graph have steps, a group and a batch have jobs. */
export function stepEventKind({ type }: WorkflowRecord, { state }: StepRecord): WorkflowEventKind {
  const isStep = type === "chain" || type === "graph";
  if (state === "completed") return isStep ? "workflow.step_completed" : "workflow.job_completed";
  return isStep ? "workflow.step_failed" : "workflow.job_failed";
}

/** A callback was enqueued. */
export function callbackFacts(workflow: WorkflowRecord, step: StepRecord): EventData {
  return { ...identity(workflow), ...stepIdentity(step) };
}

/** A workflow has ended, in whichever way. */
export function endFacts(workflow: WorkflowRecord): EventData {
  const { total, completed, failed, createdAt, startedAt, endedAt, state } = workflow;
  const duration = (endedAt ?? createdAt) - (startedAt ?? createdAt);
  const facts = { ...identity(workflow), total_steps: total, duration_ms: duration };
  if (state === "failed") return { ...facts, ...failureFacts(workflow) };
  if (state !== "cancelled") return facts;
  return { ...facts, steps_cancelled: total - completed - failed, steps_already_completed: completed };
}

function failureFacts({ failure }: WorkflowRecord): EventData {
  if (failure === null) return {};
  const { step, step_id, step_type, error } = JSON.parse(failure) as StepFailure; // storage/workflow-progress.ts wrote it
  return { failed_step_index: step, failed_step_id: step_id, failed_step_type: step_type, error };
}

function identity({ id, type, name, meta }: WorkflowRecord): EventData {
  const traceId = traceIdOf(meta);
  const trace = traceId === undefined ? {} : { trace_id: traceId };
  return { workflow_id: id, workflow_type: type, workflow_name: name ?? "", ...trace };
}

function stepIdentity({ number, id, type, callback, jobId }: StepRecord): EventData {
  const base = { step_id: id, step_index: number, step_type: type, job_id: jobId };
  return callback === null ? base : { ...base, callback };
}
