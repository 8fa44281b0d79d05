/** Between workflows, steps and joins and their rows. */
import type { JoinRecord, StepRecord, WorkflowRecord } from "../../core/workflow/workflow.ts";
import {
  JOIN_COLUMNS,
  readWorkflowRow,
  STEP_ROW_COLUMNS,
  stepConstants,
  stepStateNumber,
  WORKFLOW_COLUMNS,
  workflowConstants,
  workflowStateNumber,
} from "../stored-workflow.ts";
import type { SqlValue } from "./connection.ts";

/** What to select for {@link readWorkflow} of the table `workflows`. */
export const WORKFLOW_JSON: string = jsonOf("workflows", WORKFLOW_COLUMNS);

export const WORKFLOW_BY_ID: string = `SELECT ${WORKFLOW_JSON} FROM workflows WHERE id = ?`;

export function readWorkflow(value: SqlValue): WorkflowRecord {
  return readWorkflowRow(JSON.parse(String(value)));
}

export const INSERT_WORKFLOW: string = `
  INSERT INTO workflows (id, state, created_at, started_at, ended_at, name, total, completed, failed, failure, record)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`;

/** What {@link INSERT_WORKFLOW} binds. */
export function workflowValues(workflow: WorkflowRecord): SqlValue[] {
  const { id, name, createdAt, startedAt, endedAt, total, completed, failed, failure } = workflow;
  const [state, record] = [workflowStateNumber(workflow.state), workflowConstants(workflow)];
  return [id, state, createdAt, startedAt, endedAt, name, total, completed, failed, failure, record];
}

/** What to select for `readStep` of the table `workflow_steps`. */
export const STEP_JSON: string = jsonOf("workflow_steps", STEP_ROW_COLUMNS);

/** A row for the statements that write steps: positions are those of `STEP_COLUMNS`. */
export function stepRow(step: StepRecord): SqlValue[] {
  const { number, state, startedAt, endedAt, jobId, error, ready } = step;
  return [number, stepStateNumber(state), startedAt, endedAt, jobId, stepConstants(step), error, ready];
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

/** What to select for `readJoin` of the table `workflow_joins`. */
export const JOIN_JSON: string = jsonOf("workflow_joins", JOIN_COLUMNS);

/** A row for the statement that writes joins. */
export function joinRow({ number, expected, remaining, failed, ok, bad }: JoinRecord): SqlValue[] {
  return [number, expected, remaining, failed, JSON.stringify(ok), JSON.stringify(bad)];
}

function jsonOf(table: string, columns: readonly string[]): string {
  return `json_array(${columns.map((name) => `${table}.${name}`).join(", ")})`;
}
