/** The tables behind the rule of arrivals (`workflow-progress.ts`): a fixed number of statements, however many arrivals. */
import type { JobRecord } from "../../core/job.ts";
import { firstRevision } from "../../core/job-revision.ts";
import type { Arrival } from "../../core/workflow/arrival.ts";
import type { JoinRecord, WorkflowRecord } from "../../core/workflow/workflow.ts";
import { readJoin, readStep, stepStateNumber, workflowStateNumber } from "../stored-workflow.ts";
import type { JoinArrivals, MemberStep, ProgressTables, StepsOf, WorkflowChange } from "../workflow-progress.ts";
import type { SqlValue } from "./connection.ts";
import type { Database } from "./database.ts";
import { insertNewborn } from "./inserts.ts";
import type { Transaction } from "./transaction.ts";
import { JOIN_JSON, readWorkflow, STEP_JSON, WORKFLOW_JSON } from "./workflow-row.ts";

const RUNNING = workflowStateNumber("running");
const WAITING = stepStateNumber("waiting");
const RELEASED = stepStateNumber("released");
const CANCELLED = stepStateNumber("cancelled");

/** Binds a JSON array of `[workflow's id, step]`; lists come first everywhere, so that each entry is one look-up. */
export const ARRIVED_STEPS: string = `
  SELECT json_array(arrived.key, workflows.id, workflows.seq, workflow_steps.seq, ${STEP_JSON})
  FROM json_each(?) AS arrived
  CROSS JOIN workflows ON workflows.id = arrived.value ->> 0
  CROSS JOIN workflow_steps ON workflow_steps.workflow = workflows.seq AND workflow_steps.number = arrived.value ->> 1
  WHERE workflows.state = ${RUNNING} AND workflow_steps.state = ${RELEASED}`;

/** Binds the time and a JSON array of `[seq, state, startedAt, error]`. */
export const END_STEPS: string = `
  UPDATE workflow_steps SET
    state = ended.value ->> 1, started_at = ended.value ->> 2, ended_at = ?, error = ended.value ->> 3
  FROM json_each(?) AS ended WHERE workflow_steps.seq = ended.value ->> 0`;

/** Binds a JSON array of `[workflow, join, count, failed]`, as {@link ZERO_JOINS} does. */
export const LOWER_JOINS: string = `
  UPDATE workflow_joins SET
    remaining = workflow_joins.remaining - (lowered.value ->> 2), failed = workflow_joins.failed + (lowered.value ->> 3)
  FROM json_each(?) AS lowered
  WHERE workflow_joins.workflow = lowered.value ->> 0 AND workflow_joins.number = lowered.value ->> 1`;

export const ZERO_JOINS: string = `
  SELECT json_array(workflow_joins.workflow, ${JOIN_JSON})
  FROM json_each(?) AS lowered
  CROSS JOIN workflow_joins
    ON workflow_joins.workflow = lowered.value ->> 0 AND workflow_joins.number = lowered.value ->> 1
  WHERE workflow_joins.remaining = 0`;

const IN_RANGE = `
  workflow_steps.workflow = ranges.value ->> 0 AND workflow_steps.number >= ranges.value ->> 1
    AND workflow_steps.number < ranges.value ->> 2`;

/** Binds a JSON array of `[workflow, from, to]`. */
export const WAITING_STEPS: string = `
  SELECT json_array(workflow_steps.workflow, workflow_steps.seq, workflow_steps.ready, ${STEP_JSON})
  FROM json_each(?) AS ranges CROSS JOIN workflow_steps ON ${IN_RANGE}
  WHERE workflow_steps.state = ${WAITING}`;

/** Binds a JSON array of `seq`. */
export const RELEASE_STEPS: string = `
  UPDATE workflow_steps SET state = ${RELEASED}, ready = NULL WHERE seq IN (SELECT value FROM json_each(?))`;

/** Binds the time and a JSON array of `[workflow, from, to]`. */
export const SKIP_STEPS: string = `
  UPDATE workflow_steps SET state = ${CANCELLED}, ended_at = ?
  FROM json_each(?) AS ranges WHERE ${IN_RANGE} AND workflow_steps.state = ${WAITING}`;

/** Binds the time and a JSON array of `[workflow, completed, failed, failure, state]`. */
export const ADVANCE: string = `
  UPDATE workflows SET
    completed = workflows.completed + (changed.value ->> 1), failed = workflows.failed + (changed.value ->> 2),
    failure = coalesce(workflows.failure, changed.value ->> 3), state = coalesce(changed.value ->> 4, workflows.state),
    ended_at = iif(changed.value ->> 4 IS NULL, workflows.ended_at, ?)
  FROM json_each(?) AS changed WHERE workflows.seq = changed.value ->> 0`;

/** Binds a JSON array of `seq`. */
export const WORKFLOWS_BY_SEQ: string = `
  SELECT ${WORKFLOW_JSON} FROM json_each(?) AS wanted CROSS JOIN workflows ON workflows.seq = wanted.value`;

/** Tables of one group. */
export function progressTables(transaction: Transaction): ProgressTables {
  return new Tables(transaction);
}

class Tables implements ProgressTables {
  readonly #transaction: Transaction;
  readonly #database: Database;
  /** The workflows of the arrivals, which everything that follows is about. */
  readonly #seqs = new Map<string, number>();
  readonly #ids = new Map<number, string>();

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
    this.#database = transaction.database;
  }

  endSteps(arrivals: readonly Arrival[]): readonly MemberStep[] {
    const keys = JSON.stringify(arrivals.map(({ workflowId, step }) => [workflowId, step]));
    const ended: MemberStep[] = [];
    const rows: SqlValue[][] = [];
    const seen = new Set<number>();
    for (const row of this.#rows<[number, string, number, number, unknown]>(ARRIVED_STEPS, keys)) {
      const [key, workflowId, workflow, seq, step] = row;
      const arrival = arrivals[key];
      if (arrival === undefined || seen.has(seq)) continue;
      seen.add(seq);
      this.#seqs.set(workflowId, workflow);
      this.#ids.set(workflow, workflowId);
      const { outcome, startedAt, error } = arrival;
      rows.push([seq, stepStateNumber(outcome), startedAt, error]);
      const { now } = this.#transaction;
      ended.push({ workflowId, step: { ...readStep(step), state: outcome, startedAt, endedAt: now, error } });
    }
    if (rows.length > 0) this.#database.run(END_STEPS, [this.#transaction.now, JSON.stringify(rows)]);
    return ended;
  }

  lower(arrivals: readonly JoinArrivals[]): readonly (JoinRecord & { readonly workflowId: string })[] {
    const list = arrivals.map(({ workflowId, join, count, failed }) => [
      this.#seqs.get(workflowId),
      join,
      count,
      failed,
    ]);
    const text = JSON.stringify(list);
    this.#database.run(LOWER_JOINS, [text]);
    return this.#rows<[number, unknown]>(ZERO_JOINS, text).map(([workflow, join]) => ({
      workflowId: this.#idOf(workflow),
      ...readJoin(join),
    }));
  }

  skip(steps: readonly StepsOf[]): void {
    this.#database.run(SKIP_STEPS, [this.#transaction.now, this.#ranges(steps)]);
  }

  release(steps: readonly StepsOf[]): readonly MemberStep[] {
    const rows = this.#rows<[number, number, string | null, unknown]>(WAITING_STEPS, this.#ranges(steps));
    this.#database.run(RELEASE_STEPS, [JSON.stringify(rows.map(([, seq]) => seq))]);
    return rows.map(([workflow, , ready, step]) => ({ workflowId: this.#idOf(workflow), step: readStep(step, ready) }));
  }

  insert(jobs: readonly JobRecord[]): readonly JobRecord[] {
    const stored = insertMembers(jobs, this.#transaction);
    // The ids of waiting steps never left the server.
    if (stored === undefined) throw new Error("The id of a released job is taken.");
    return stored;
  }

  advance(changes: readonly WorkflowChange[]): readonly WorkflowRecord[] {
    const rows = changes.map(({ workflowId, completed, failed, failure, end }) => [
      this.#seqs.get(workflowId),
      completed,
      failed,
      failure === null ? null : JSON.stringify(failure),
      end === null ? null : workflowStateNumber(end),
    ]);
    this.#database.run(ADVANCE, [this.#transaction.now, JSON.stringify(rows)]);
    const seqs = JSON.stringify(rows.map(([seq]) => seq));
    return this.#database.all(WORKFLOWS_BY_SEQ, [seqs]).map(readWorkflow);
  }

  #ranges(steps: readonly StepsOf[]): string {
    return JSON.stringify(steps.map(({ workflowId, range: [from, to] }) => [this.#seqs.get(workflowId), from, to]));
  }

  #idOf(workflow: number): string {
    return this.#ids.get(workflow) ?? "";
  }

  /** Each query above selects one JSON array a row. */
  #rows<Row>(sql: string, list: string): Row[] {
    return this.#database.all(sql, [list]).map((row) => JSON.parse(String(row)) as Row);
  }
}

/** Inserts newborn members; undefined when the id of one is taken, and then some may be there. */
export function insertMembers(jobs: readonly JobRecord[], transaction: Transaction): readonly JobRecord[] | undefined {
  const first = transaction.sequence.last + 1;
  if (!insertNewborn(jobs, transaction)) return undefined;
  return jobs.map((job, index) => firstRevision(job, first + index));
}
