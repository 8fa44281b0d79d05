/** Between workflows, steps and joins and their rows, which travel as JSON arrays. */
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
import type { JsonValue } from "./job-row.ts";
import { fromOptionalColumn, toOptionalColumn } from "./storable-text.ts";

/** What to select for {@link readWorkflow}, as one JSON array. */
export function workflowJson(table: string): string {
  return jsonOf(table, WORKFLOW_COLUMNS);
}

export function readWorkflow(value: unknown): WorkflowRecord {
  const workflow = readWorkflowRow(value);
  return { ...workflow, name: fromOptionalColumn(workflow.name) };
}

/** A new workflow by column. */
export function workflowRow(workflow: WorkflowRecord): Readonly<Record<string, JsonValue>> {
  const { id, name, createdAt, startedAt, endedAt, total, completed, failed, failure } = workflow;
  return {
    ...{ id, total, completed, failed, failure },
    state: workflowStateNumber(workflow.state),
    created_at: createdAt,
    started_at: startedAt,
    ended_at: endedAt,
    name: toOptionalColumn(name),
    record: workflowConstants(workflow),
  };
}

/** Columns of {@link stepRow}, the key first. */
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

export const STEP_TYPES = `
  number integer, state smallint, started_at bigint, ended_at bigint, job_id uuid, record text, error text, ready text`;

/** What to select for `readStep`. */
export function stepJson(table: string): string {
  return jsonOf(table, STEP_ROW_COLUMNS);
}

/** A step by column. */
export function stepRow(step: StepRecord): Readonly<Record<(typeof STEP_COLUMNS)[number], JsonValue>> {
  const { number, state, startedAt, endedAt, jobId, error, ready } = step;
  return {
    number,
    state: stepStateNumber(state),
    started_at: startedAt,
    ended_at: endedAt,
    job_id: jobId,
    record: stepConstants(step),
    error,
    ready,
  };
}

/** What to select for `readJoin`. */
export function joinJson(table: string): string {
  return jsonOf(table, JOIN_COLUMNS);
}

/** A join by column. */
export function joinRow({
  number,
  expected,
  remaining,
  failed,
  ok,
  bad,
}: JoinRecord): Readonly<Record<string, JsonValue>> {
  return { number, expected, remaining, failed, ok: JSON.stringify(ok), bad: JSON.stringify(bad) };
}

function jsonOf(table: string, columns: readonly string[]): string {
  return `json_build_array(${columns.map((name) => `${table}.${name}`).join(", ")})`;
}
