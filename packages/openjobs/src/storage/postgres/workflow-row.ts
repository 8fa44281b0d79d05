/** Between workflows, steps and joins and their rows, which travel as JSON arrays. */
import type { JoinProgram, JoinRecord, StepRecord, WorkflowRecord } from "../../core/workflow/workflow.ts";
import type { JsonValue } from "./job-row.ts";
import { stepStateAt, stepStateNumber, workflowStateAt, workflowStateNumber } from "./states.ts";
import { fromOptionalColumn, toOptionalColumn } from "./storable-text.ts";

/** What to select for {@link readWorkflow}, as one JSON array. */
export function workflowJson(table: string): string {
  const columns = [
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
  ];
  return `json_build_array(${[...columns, "failure", "record"].map((name) => `${table}.${name}`).join(", ")})`;
}

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

export function readWorkflow(value: unknown): WorkflowRecord {
  const row = value as WorkflowRow; // workflowJson writes exactly this
  const [seq, id, state, createdAt, startedAt, endedAt, name, total, completed, failed, failure, record] = row;
  const constants = JSON.parse(record) as WorkflowConstants; // workflowRow wrote it
  const progress = { createdAt, state: workflowStateAt(state), startedAt, endedAt, total, completed, failed, failure };
  return { id, seq, name: fromOptionalColumn(name), ...constants, ...progress };
}

/** A new workflow by column. */
export function workflowRow(workflow: WorkflowRecord): Readonly<Record<string, JsonValue>> {
  const { id, digest, type, name, meta, nested, createdAt, startedAt, endedAt, total } = workflow;
  const { completed, failed, failure } = workflow;
  return {
    ...{ id, total, completed, failed, failure },
    state: workflowStateNumber(workflow.state),
    created_at: createdAt,
    started_at: startedAt,
    ended_at: endedAt,
    name: toOptionalColumn(name),
    record: JSON.stringify({ digest, type, meta, nested } satisfies WorkflowConstants),
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

/** What to select for {@link readStep}. */
export function stepJson(table: string): string {
  const columns = ["number", "state", "started_at", "ended_at", "job_id", "error", "record"];
  return `json_build_array(${columns.map((name) => `${table}.${name}`).join(", ")})`;
}

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

export function readStep(value: unknown, ready: string | null = null): StepRecord {
  const [number, state, startedAt, endedAt, jobId, error, record] = value as StepRow; // stepJson writes exactly this
  const constants = JSON.parse(record) as StepConstants; // stepRow wrote it
  return { number, ...constants, jobId, ready, state: stepStateAt(state), startedAt, endedAt, error };
}

/** A step by column. */
export function stepRow(step: StepRecord): Readonly<Record<(typeof STEP_COLUMNS)[number], JsonValue>> {
  const { number, id, name, type, place, callback, dependsOn, parents, targets, startedAt, endedAt, jobId } = step;
  const constants: StepConstants = { id, name, type, place, callback, dependsOn, parents, targets };
  return {
    number,
    state: stepStateNumber(step.state),
    started_at: startedAt,
    ended_at: endedAt,
    job_id: jobId,
    record: JSON.stringify(constants),
    error: step.error,
    ready: step.ready,
  };
}

/** What to select for {@link readJoin}. */
export function joinJson(table: string): string {
  const columns = ["number", "expected", "remaining", "failed", "ok", "bad"];
  return `json_build_array(${columns.map((name) => `${table}.${name}`).join(", ")})`;
}

type JoinRow = [number: number, expected: number, remaining: number, failed: number, ok: string, bad: string];

export function readJoin(value: unknown): JoinRecord {
  const [number, expected, remaining, failed, ok, bad] = value as JoinRow; // joinJson writes exactly this
  return { number, expected, remaining, failed, ok: readProgram(ok), bad: readProgram(bad) };
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

function readProgram(text: string): JoinProgram {
  return JSON.parse(text) as JoinProgram; // joinRow wrote it
}
