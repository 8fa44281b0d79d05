/**
 * Workflows, their steps and their joins as every database holds them: states as numbers, what never changes as one JSON
 * text, rows as JSON arrays. Drivers add how they bind and select.
 */
import type {
  JoinProgram,
  JoinRecord,
  StepRecord,
  StepState,
  WorkflowRecord,
  WorkflowState,
} from "../core/workflow/workflow.ts";

/** How states are stored: stored files and databases depend on these numbers. */
const WORKFLOW_NUMBERS: readonly WorkflowState[] = ["running", "completed", "failed", "cancelled"];
const STEP_NUMBERS: readonly StepState[] = ["waiting", "released", "completed", "failed", "cancelled"];

/** How the state of a workflow is stored. */
export function workflowStateNumber(state: WorkflowState): number {
  return WORKFLOW_NUMBERS.indexOf(state);
}

/** How the state of a step is stored. */
export function stepStateNumber(state: StepState): number {
  return STEP_NUMBERS.indexOf(state);
}

/** Columns of {@link readWorkflowRow}, in its order. */
export const WORKFLOW_COLUMNS = [
  "seq",
  "id",
  "state",
  "created_at",
  "started_at",
  "ended_at",
  "name",
  "total",
  "completed",
  "failed",
  "failure",
  "record",
] as const;

type WorkflowRow = [
  seq: number,
  id: string,
  state: number,
  createdAt: number,
  startedAt: number | null,
  endedAt: number | null,
  name: string | null,
  total: number,
  completed: number,
  failed: number,
  failure: string | null,
  record: string,
];

type WorkflowConstants = Pick<WorkflowRecord, "digest" | "type" | "meta" | "nested">;

/** The column `record` of a workflow. */
export function workflowConstants({ digest, type, meta, nested }: WorkflowRecord): string {
  return JSON.stringify({ digest, type, meta, nested } satisfies WorkflowConstants);
}

/** @param value An array of {@link WORKFLOW_COLUMNS}. */
export function readWorkflowRow(value: unknown): WorkflowRecord {
  const row = value as WorkflowRow; // statements select exactly these columns
  const [seq, id, state, createdAt, startedAt, endedAt, name, total, completed, failed, failure, record] = row;
  const constants = JSON.parse(record) as WorkflowConstants; // workflowConstants wrote it
  const progress = { createdAt, startedAt, endedAt, total, completed, failed, failure };
  return { id, seq, name, ...constants, ...progress, state: known(WORKFLOW_NUMBERS[state], state) };
}

/** Columns of {@link readStep}, in its order. */
export const STEP_ROW_COLUMNS = ["number", "state", "started_at", "ended_at", "job_id", "error", "record"] as const;

type StepRow = [
  number: number,
  state: number,
  startedAt: number | null,
  endedAt: number | null,
  jobId: string,
  error: string | null,
  record: string,
];

type StepConstants = Pick<
  StepRecord,
  "id" | "name" | "type" | "place" | "callback" | "dependsOn" | "parents" | "targets"
>;

/** The column `record` of a step. */
export function stepConstants(step: StepRecord): string {
  const { id, name, type, place, callback, dependsOn, parents, targets } = step;
  return JSON.stringify({ id, name, type, place, callback, dependsOn, parents, targets } satisfies StepConstants);
}

/** @param value An array of {@link STEP_ROW_COLUMNS}. */
export function readStep(value: unknown, ready: string | null = null): StepRecord {
  const [number, state, startedAt, endedAt, jobId, error, record] = value as StepRow; // statements select exactly these
  const constants = JSON.parse(record) as StepConstants; // stepConstants wrote it
  return { number, ...constants, jobId, ready, state: known(STEP_NUMBERS[state], state), startedAt, endedAt, error };
}

/** Columns of {@link readJoin}, in its order. */
export const JOIN_COLUMNS = ["number", "expected", "remaining", "failed", "ok", "bad"] as const;

type JoinRow = [number: number, expected: number, remaining: number, failed: number, ok: string, bad: string];

/** @param value An array of {@link JOIN_COLUMNS}. */
export function readJoin(value: unknown): JoinRecord {
  const [number, expected, remaining, failed, ok, bad] = value as JoinRow; // statements select exactly these columns
  return { number, expected, remaining, failed, ok: readProgram(ok), bad: readProgram(bad) };
}

function readProgram(text: string): JoinProgram {
  return JSON.parse(text) as JoinProgram; // drivers write it with JSON.stringify
}

function known<State>(state: State | undefined, number: number): State {
  if (state === undefined)
    throw new Error(`The store holds a workflow or step in state ${number}, which does not exist.`);
  return state;
}
