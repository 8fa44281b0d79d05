/** How states are stored; databases depend on these numbers. */
import { JOB_STATES, type JobState } from "../../core/job.ts";
import type { FinishedKind } from "../../core/retention.ts";
import { TERMINAL_STATES } from "../../core/states.ts";
import type { StepState, WorkflowState } from "../../core/workflow/workflow.ts";

const WORKFLOW_NUMBERS: readonly WorkflowState[] = ["running", "completed", "failed", "cancelled"];
const STEP_NUMBERS: readonly StepState[] = ["waiting", "released", "completed", "failed", "cancelled"];

export function stateNumber(state: JobState): number {
  return JOB_STATES.indexOf(state);
}

export function workflowStateNumber(state: WorkflowState): number {
  return WORKFLOW_NUMBERS.indexOf(state);
}

export function stepStateNumber(state: StepState): number {
  return STEP_NUMBERS.indexOf(state);
}

export function stateAt(number: number): JobState {
  return known(JOB_STATES[number], number);
}

export function workflowStateAt(number: number): WorkflowState {
  return known(WORKFLOW_NUMBERS[number], number);
}

export function stepStateAt(number: number): StepState {
  return known(STEP_NUMBERS[number], number);
}

export const AVAILABLE: number = stateNumber("available");
export const ACTIVE: number = stateNumber("active");
export const COMPLETED: number = stateNumber("completed");
export const CANCELLED: number = stateNumber("cancelled");
export const DISCARDED: number = stateNumber("discarded");

/** The condition for jobs that have ended. */
export const ENDED: string = `state IN (${TERMINAL_STATES.map(stateNumber).join(", ")})`;

/** What tells each kind of finished jobs; the very words of the conditions of indexes on `ended_at`. */
export const FINISHED: Readonly<Record<FinishedKind, string>> = {
  completed: `state = ${COMPLETED}`,
  cancelled: `state = ${CANCELLED}`,
  discarded: `state = ${DISCARDED} AND NOT dead_letter`,
  deadLetters: `state = ${DISCARDED} AND dead_letter`,
};

/** In SQL: the key of a job's limits, of which `laneOf` makes the beginning of the lane's text; keys have no quotes in them. */
export function laneKey(table: string): string {
  return `split_part(${table === "" ? "" : `${table}.`}lane, '"', 4)`;
}

function known<State>(state: State | undefined, number: number): State {
  if (state === undefined) throw new Error(`The database holds state ${number}, which does not exist.`);
  return state;
}
