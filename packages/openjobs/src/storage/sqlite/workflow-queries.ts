/** Reads of workflows. */
import type { JobState } from "../../core/job.ts";
import { JOB_STATES } from "../../core/job.ts";
import { LIMITS } from "../../core/limits.ts";
import { type ParentStep, parentRanges } from "../../core/workflow/parent-results.ts";
import type { JoinRecord, StepRecord, WorkflowRecord } from "../../core/workflow/workflow.ts";
import { decodeCursor, toPage } from "../cursor.ts";
import type { Page, PageRequest } from "../page.ts";
import { readJoin, readStep, workflowStateNumber } from "../stored-workflow.ts";
import type { SeenWorkflow } from "../transactions.ts";
import { fittingResults } from "../workflow-results.ts";
import type { ResultsRequest, StepParents, StepView, WorkflowFilter, WorkflowQueries } from "../workflows.ts";
import type { SqlValue } from "./connection.ts";
import type { Database } from "./database.ts";
import { JOIN_JSON, readWorkflow, STEP_JSON, WORKFLOW_BY_ID, WORKFLOW_JSON } from "./workflow-row.ts";

/** Totals of a name are counted along its index: few workflows have the same one. */
const TOTALS = {
  all: "SELECT sum(workflows) FROM workflow_counts WHERE state IN (0, 1, 2, 3)",
  state: "SELECT workflows FROM workflow_counts WHERE state = ?",
  name: "SELECT count(*) FROM workflows WHERE name = ?",
  both: "SELECT count(*) FROM workflows WHERE name = ? AND state = ?",
} as const;
const LISTS = {
  all: listWhere(""),
  state: listWhere("state = ? AND"),
  name: listWhere("name = ? AND"),
  both: listWhere("name = ? AND +state = ? AND"),
} as const;

function listWhere(condition: string): string {
  return `SELECT ${WORKFLOW_JSON} FROM workflows WHERE ${condition} seq < ? ORDER BY seq DESC LIMIT ? OFFSET ?`;
}

const JOINS = `
  SELECT ${JOIN_JSON} FROM workflow_joins
  WHERE workflow = (SELECT seq FROM workflows WHERE id = ?) ORDER BY number`;
const PLAN = `
  SELECT json_array(${STEP_JSON}, ready) FROM workflow_steps
  WHERE workflow = (SELECT seq FROM workflows WHERE id = ?) ORDER BY number`;

/** Binds a JSON array of ranges of steps and the workflow's id. Results only with their lengths: not all of them travel. */
export const STEP_VIEWS: string = `
  SELECT json_array(${STEP_JSON}, jobs.state, jobs.started_at, jobs.ended_at, length(jobs.result))
  FROM workflows
  CROSS JOIN json_each(?) AS ranges
  CROSS JOIN workflow_steps ON workflow_steps.workflow = workflows.seq
    AND workflow_steps.number >= ranges.value ->> 0 AND workflow_steps.number < ranges.value ->> 1
  LEFT JOIN jobs ON jobs.id = workflow_steps.job_id
  WHERE workflows.id = ?`;

/** Binds a JSON array of ids. */
const RESULTS = `
  SELECT json_array(jobs.id, jobs.result) FROM json_each(?) AS wanted CROSS JOIN jobs ON jobs.id = wanted.value`;

/** Binds a JSON array of `[workflow's id, step]`. */
export const WANTED_STEPS: string = `
  SELECT json_array(wanted.key, ${STEP_JSON})
  FROM json_each(?) AS wanted
  CROSS JOIN workflows ON workflows.id = wanted.value ->> 0
  CROSS JOIN workflow_steps ON workflow_steps.workflow = workflows.seq AND workflow_steps.number = wanted.value ->> 1`;

const ALL_STEPS: Ranges = [[0, LIMITS.workflowSteps]];

/** @param use Runs a read on the open database. */
export function workflowQueries(use: <T>(read: (database: Database) => T) => Promise<T>): WorkflowQueries {
  return {
    get: (id) => use((database) => workflowById(id, database)),
    list: (filter, page) => use((database) => listWorkflows(filter, page, database)),
    steps: (id) => use((database) => stepViews(id, ALL_STEPS, database)),
    plan: (id) => use((database) => database.all(PLAN, [id]).map(readPlan)),
    joins: (id) => use((database) => database.all(JOINS, [id]).map(readJoinRow)),
    parents: (requests) => use((database) => stepParents(requests, database)),
  };
}

/** A workflow with its steps, if there is one. */
export function seenWorkflow(id: string, database: Database): SeenWorkflow | undefined {
  const workflow = workflowById(id, database);
  return workflow === undefined ? undefined : { workflow, steps: stepViews(id, ALL_STEPS, database) };
}

function workflowById(id: string, database: Database): WorkflowRecord | undefined {
  const row = database.value(WORKFLOW_BY_ID, [id]);
  return row === null ? undefined : readWorkflow(row);
}

function listWorkflows({ state, name }: WorkflowFilter, page: PageRequest, database: Database): Page<WorkflowRecord> {
  const { limit, after, offset = 0 } = page;
  const [before] = after === undefined ? [Number.MAX_SAFE_INTEGER] : decodeCursor(after, ["number", "number"]);
  const filter: SqlValue[] = [
    ...(name === undefined ? [] : [name]),
    ...(state === undefined ? [] : [workflowStateNumber(state)]),
  ];
  const kind = name === undefined ? (state === undefined ? "all" : "state") : state === undefined ? "name" : "both";
  const rows = database.all(LISTS[kind], [...filter, before, limit + 1, offset]).map(readWorkflow);
  return toPage(rows, limit, Number(database.value(TOTALS[kind], filter)), ({ seq }) => [seq, 0]);
}

function readPlan(row: SqlValue): StepRecord {
  const [step, ready] = JSON.parse(String(row)) as [unknown, string | null]; // PLAN writes exactly this
  return readStep(step, ready);
}

function readJoinRow(row: SqlValue): JoinRecord {
  return readJoin(JSON.parse(String(row)));
}

type ViewRow = [
  step: unknown,
  state: number | null,
  startedAt: number | null,
  endedAt: number | null,
  length: number | null,
];

type Ranges = readonly (readonly [from: number, to: number])[];

function stepViews(id: string, ranges: Ranges, database: Database): readonly StepView[] {
  const rows = database
    .all(STEP_VIEWS, [JSON.stringify(ranges), id])
    .map((row) => readView(JSON.parse(String(row)) as ViewRow)) // STEP_VIEWS writes exactly this
    .sort((a, b) => a.step.number - b.step.number);
  const fits = fittingResults(rows.map(({ length }) => length));
  const results = resultsOf(
    rows.filter(({ length }, index) => length !== null && fits[index] === true).map(({ step }) => step.jobId),
    database,
  );
  return rows.map(({ step, job, length }, index): StepView => {
    const result = results.get(step.jobId) ?? null;
    const leftOut = fits[index] === true ? null : length;
    return job === undefined ? { step, result, leftOut } : { step, job, result, leftOut };
  });
}

function readView([step, number, startedAt, endedAt, length]: ViewRow): Omit<StepView, "result" | "leftOut"> & {
  readonly length: number | null;
} {
  const state = number === null ? undefined : stateAt(number);
  return { step: readStep(step), length, ...(state === undefined ? {} : { job: { state, startedAt, endedAt } }) };
}

function resultsOf(ids: readonly string[], database: Database): ReadonlyMap<string, string> {
  if (ids.length === 0) return new Map();
  const rows = database.all(RESULTS, [JSON.stringify(ids)]);
  return new Map(rows.map((row) => JSON.parse(String(row)) as [id: string, result: string])); // RESULTS writes exactly this
}

function stateAt(number: number): JobState | undefined {
  return JOB_STATES[number];
}

/** Members of one group have the same parents, so each set of them is read once. */
function stepParents(requests: readonly ResultsRequest[], database: Database): readonly (StepParents | undefined)[] {
  const keys = JSON.stringify(requests.map(({ workflowId, step }) => [workflowId, step]));
  const steps = new Map(
    database.all(WANTED_STEPS, [keys]).map((row) => {
      const [key, step] = JSON.parse(String(row)) as [number, unknown]; // WANTED_STEPS writes exactly this
      return [key, readStep(step)];
    }),
  );
  const known = new Map<string, readonly ParentStep[]>();
  return requests.map(({ workflowId }, index) => {
    const step = steps.get(index);
    if (step === undefined) return undefined;
    if (step.parents === null) return { step, found: [] };
    const ranges = parentRanges(step.parents);
    const key = JSON.stringify([workflowId, ranges]);
    const found = known.get(key) ?? stepViews(workflowId, ranges, database).map(parentOf);
    known.set(key, found);
    return { step, found };
  });
}

function parentOf({ step: { number, place, callback, jobId }, result, leftOut }: StepView): ParentStep {
  return { number, place, callback, jobId, result, leftOut };
}
