/** Effects of units on workflows. */
import type { JobRecord } from "../../core/job.ts";
import { nextRevision } from "../../core/job-revision.ts";
import { TERMINAL_STATES } from "../../core/states.ts";
import type { JoinRecord, StepRecord } from "../../core/workflow/workflow.ts";
import type { UnitRefused } from "../storage.ts";
import { workflowStateNumber } from "../stored-workflow.ts";
import { type CancelWorkflow, type InsertWorkflow, type ResumeWorkflow, workflowName } from "../workflows.ts";
import type { Database } from "./database.ts";
import { changeValues, JOB_JSON, readJob } from "./job-row.ts";
import { stateNumber } from "./schema.ts";
import type { Transaction } from "./transaction.ts";
import {
  INSERT_WORKFLOW,
  joinRow,
  readWorkflow,
  STEP_COLUMNS,
  stepRow,
  WORKFLOW_BY_ID,
  workflowValues,
} from "./workflow-row.ts";
import { insertMembers } from "./workflow-tables.ts";

const SEQ_OF = "SELECT seq FROM workflows WHERE id = ?";
const CANCEL = `
  UPDATE workflows SET state = ${workflowStateNumber("cancelled")}, ended_at = ?
  WHERE id = ? AND state = ${workflowStateNumber("running")}`;
const RESUME = `
  UPDATE workflows SET state = ${workflowStateNumber("running")}, ended_at = NULL, failed = ?, failure = NULL
  WHERE id = ? AND state = ${workflowStateNumber("failed")} AND ended_at IS ?`;
const OPEN_MEMBERS = `
  SELECT ${JOB_JSON} FROM jobs
  WHERE workflow_id = ? AND state NOT IN (${TERMINAL_STATES.map(stateNumber).join(", ")}) ORDER BY seq`;

/** Binds the workflow and a JSON array of rows. A row that is there already is replaced. */
const PUT_STEPS = `
  INSERT INTO workflow_steps (workflow, ${STEP_COLUMNS.join(", ")})
  SELECT ?, ${STEP_COLUMNS.map((_, index) => `value ->> ${index}`).join(", ")} FROM json_each(?) WHERE true
  ON CONFLICT (workflow, number) DO UPDATE SET
    ${STEP_COLUMNS.slice(1)
      .map((column) => `${column} = excluded.${column}`)
      .join(", ")}`;
const PUT_JOINS = `
  INSERT INTO workflow_joins (workflow, number, expected, remaining, failed, ok, bad)
  SELECT ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?) WHERE true
  ON CONFLICT (workflow, number) DO UPDATE SET remaining = excluded.remaining, failed = excluded.failed`;

/** Binds a JSON array of ids and the number of the last job that was there before. */
const FIRST_TAKEN = `
  SELECT jobs.id FROM json_each(?) AS wanted CROSS JOIN jobs ON jobs.id = wanted.value WHERE jobs.seq <= ? LIMIT 1`;

/** Rows written by one statement: bounds the text that carries them. */
const CHUNK = 500;

/** Needs a savepoint around it: a job's id may be found taken when other rows are there already. */
export function insertWorkflow(effect: InsertWorkflow, transaction: Transaction): UnitRefused | undefined {
  const { workflow, steps, joins, jobs } = effect;
  const { database } = transaction;
  if (database.run(INSERT_WORKFLOW, workflowValues(workflow)) === 0) return refuse("exists", workflow.id);
  return putRows(workflow.id, { steps, joins, jobs }, transaction);
}

/** Needs a savepoint as well. */
export function resumeWorkflow(effect: ResumeWorkflow, transaction: Transaction): UnitRefused | undefined {
  const { id, failed, endedAt } = effect;
  if (transaction.database.run(RESUME, [failed, id, endedAt]) === 0) return stale(id, transaction.database);
  return putRows(id, effect, transaction);
}

/** Cancels a workflow and its open members, and tells which. */
export function cancelWorkflow({ id, change }: CancelWorkflow, transaction: Transaction): UnitRefused | undefined {
  const { database, draft, now } = transaction;
  if (database.run(CANCEL, [now, id]) === 0) return stale(id, database);
  const open = database.all(OPEN_MEMBERS, [id]).map(readJob);
  const { assignments, values } = changeValues(change);
  const sql = `UPDATE jobs SET ${assignments}revision = revision + 1 WHERE seq IN (SELECT value FROM json_each(?))`;
  database.run(sql, [...values, JSON.stringify(open.map(({ seq }) => seq))]);
  for (const before of open) {
    const job = nextRevision(before, change);
    draft.tally.updated(before, job, now, false);
    draft.facts.push({ kind: "cancelled", job });
  }
  draft.facts.push({ kind: "ended", workflow: readWorkflow(database.value(WORKFLOW_BY_ID, [id])) });
  return undefined;
}

interface Rows {
  readonly steps: readonly StepRecord[];
  readonly joins: readonly JoinRecord[];
  readonly jobs: readonly JobRecord[];
}

function putRows(id: string, { steps, joins, jobs }: Rows, transaction: Transaction): UnitRefused | undefined {
  const { database, sequence } = transaction;
  const seq = database.value(SEQ_OF, [id]);
  for (const chunk of chunksOf(steps)) database.run(PUT_STEPS, [seq, JSON.stringify(chunk.map(stepRow))]);
  for (const chunk of chunksOf(joins)) database.run(PUT_JOINS, [seq, JSON.stringify(chunk.map(joinRow))]);
  const { last } = sequence;
  if (insertMembers(jobs, transaction) !== undefined) return undefined;
  const taken = database.value(FIRST_TAKEN, [JSON.stringify(jobs.map((job) => job.id)), last]);
  return { ok: false, reason: "exists", id: String(taken) };
}

function* chunksOf<T>(rows: readonly T[]): IterableIterator<readonly T[]> {
  for (let start = 0; start < rows.length; start += CHUNK) yield rows.slice(start, start + CHUNK);
}

function stale(id: string, database: Database): UnitRefused {
  return refuse(database.value(SEQ_OF, [id]) === null ? "missing" : "changed", id);
}

function refuse(reason: UnitRefused["reason"], id: string): UnitRefused {
  return { ok: false, reason, id: workflowName(id) };
}
