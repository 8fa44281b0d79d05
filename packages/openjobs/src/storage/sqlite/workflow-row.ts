/** Between workflows, steps and joins and their rows. */
import type { JoinProgram, JoinRecord, StepRecord, WorkflowRecord } from "../../core/workflow/workflow.ts";
import type { SqlValue } from "./connection.ts";
import { stepStateNumber, stepStateOf, workflowStateNumber, workflowStateOf } from "./workflow-schema.ts";

/** What to select for {@link readWorkflow} of the table `workflows`. */
export const WORKFLOW_JSON: string = `json_array(workflows.seq, workflows.id, workflows.state, workflows.created_at,
  workflows.started_at, workflows.ended_at, workflows.name, workflows.total, workflows.completed, workflows.failed, workflows.failure,
  workflows.record)`;

export const WORKFLOW_BY_ID: string = `SELECT ${WORKFLOW_JSON} FROM workflows WHERE id = ?`;

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

export function readWorkflow(value: SqlValue): WorkflowRecord {
  const row = JSON.parse(String(value)) as WorkflowRow; // WORKFLOW_JSON writes exactly this
  const [seq, id, state, createdAt, startedAt, endedAt, name, total, completed, failed, failure, record] = row;
  const constants = JSON.parse(record) as WorkflowConstants; // workflowValues wrote it
  const progress = { createdAt, state: workflowStateOf(state), startedAt, endedAt, total, completed, failed, failure };
  return { id, seq, name, ...constants, ...progress };
}

export const INSERT_WORKFLOW: string = `
  INSERT INTO workflows (id, state, created_at, started_at, ended_at, name, total, completed, failed, failure, record)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`;

/** What {@link INSERT_WORKFLOW} binds. */
export function workflowValues(workflow: WorkflowRecord): SqlValue[] {
  const { id, digest, type, name, meta, nested, createdAt, startedAt, endedAt, total } = workflow;
  const record = JSON.stringify({ digest, type, meta, nested } satisfies WorkflowConstants);
  const { completed, failed, failure } = workflow;
  const state = workflowStateNumber(workflow.state);
  return [id, state, createdAt, startedAt, endedAt, name, total, completed, failed, failure, record];
}

/** What to select for {@link readStep} of the table `workflow_steps`. */
export const STEP_JSON: string = `json_array(workflow_steps.number, workflow_steps.state, workflow_steps.started_at,
  workflow_steps.ended_at, workflow_steps.job_id, workflow_steps.error, workflow_steps.record)`;

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

/** @param value A row of {@link STEP_JSON}, parsed. */
export function readStep(value: unknown, ready: string | null = null): StepRecord {
  const [number, state, startedAt, endedAt, jobId, error, record] = value as StepRow; // STEP_JSON writes exactly this
  const constants = JSON.parse(record) as StepConstants; // stepRow wrote it
  return { number, ...constants, jobId, ready, state: stepStateOf(state), startedAt, endedAt, error };
}

/** A row for the statements that write steps: positions are those of `STEP_COLUMNS`. */
export function stepRow(step: StepRecord): SqlValue[] {
  const { number, id, name, type, place, callback, dependsOn, parents, targets, startedAt, endedAt, jobId } = step;
  const constants: StepConstants = { id, name, type, place, callback, dependsOn, parents, targets };
  return [
    number,
    stepStateNumber(step.state),
    startedAt,
    endedAt,
    jobId,
    JSON.stringify(constants),
    step.error,
    step.ready,
  ];
}

/** Columns of {@link stepRow}. */
export const STEP_COLUMNS = [
  "number",
  "state",
  "started_at",
  "ended_at",
  "job_id",
  "record",
  "error",
  "ready",
] as const;

/** What to select for {@link readJoin} of the table `workflow_joins`. */
export const JOIN_JSON: string = `json_array(workflow_joins.number, workflow_joins.expected,
  workflow_joins.remaining, workflow_joins.failed, workflow_joins.ok, workflow_joins.bad)`;

type JoinRow = [number: number, expected: number, remaining: number, failed: number, ok: string, bad: string];

/** @param value A row of {@link JOIN_JSON}, parsed. */
export function readJoin(value: unknown): JoinRecord {
  const [number, expected, remaining, failed, ok, bad] = value as JoinRow; // JOIN_JSON writes exactly this
  return { number, expected, remaining, failed, ok: readProgram(ok), bad: readProgram(bad) };
}

/** A row for the statement that writes joins. */
export function joinRow({ number, expected, remaining, failed, ok, bad }: JoinRecord): SqlValue[] {
  return [number, expected, remaining, failed, JSON.stringify(ok), JSON.stringify(bad)];
}

function readProgram(text: string): JoinProgram {
  return JSON.parse(text) as JoinProgram; // joinRow wrote it
}
