/** Reads of workflows. */
import type { JobState } from "../../core/job.ts";
import { LIMITS } from "../../core/limits.ts";
import { type ParentStep, parentRanges } from "../../core/workflow/parent-results.ts";
import type { JoinRecord, StepRecord, WorkflowRecord } from "../../core/workflow/workflow.ts";
import { decodeCursor, toPage } from "../cursor.ts";
import type { Page, PageRequest } from "../page.ts";
import { readJoin, readStep, workflowStateNumber } from "../stored-workflow.ts";
import type { SeenWorkflow } from "../transactions.ts";
import { fittingResults } from "../workflow-results.ts";
import type { ResultsRequest, StepParents, StepView, WorkflowFilter, WorkflowQueries } from "../workflows.ts";
import type { Database } from "./database.ts";
import type { SqlValue } from "./library.ts";
import type { Rows } from "./link.ts";
import type { Reader } from "./reader.ts";
import { stateAt } from "./states.ts";
import { toColumn } from "./storable-text.ts";
import { joinJson, readWorkflow, stepJson, workflowJson } from "./workflow-row.ts";

const WORKFLOWS = `SELECT ${workflowJson("w")} FROM @.workflows AS w`;
const WORKFLOW_BY_ID = `${WORKFLOWS} WHERE w.id = $1`;

/** Totals of a name are counted along its index: few workflows have the same one. */
const TOTALS = {
  all: "SELECT coalesce(sum(workflows), 0)::bigint FROM @.workflow_deltas",
  state: "SELECT coalesce(sum(workflows), 0)::bigint FROM @.workflow_deltas WHERE state = $1",
  name: "SELECT count(*) FROM @.workflows WHERE name = $1",
  both: "SELECT count(*) FROM @.workflows WHERE name = $1 AND state = $2",
} as const;
const LISTS = {
  all: listWhere(""),
  state: listWhere("w.state = $4 AND"),
  name: listWhere("w.name = $4 AND"),
  both: listWhere("w.name = $4 AND w.state + 0 = $5 AND"),
} as const;

/** Binds the position, the page's size and offset. */
function listWhere(condition: string): string {
  return `${WORKFLOWS} WHERE ${condition} w.seq < $1 ORDER BY w.seq DESC LIMIT $2 OFFSET $3`;
}

const SEQ = "(SELECT w.seq FROM @.workflows AS w WHERE w.id = $1)";
const JOINS = `SELECT ${joinJson("j")} FROM @.workflow_joins AS j WHERE j.workflow = ${SEQ} ORDER BY j.number`;
const PLAN = `SELECT ${stepJson("s")}, s.ready FROM @.workflow_steps AS s WHERE s.workflow = ${SEQ} ORDER BY s.number`;

/** Binds the workflow's id and a JSON array of ranges. Results only with their lengths: not all of them travel. */
const STEP_VIEWS = `
  SELECT ${stepJson("s")}, j.state, j.started_at, j.ended_at, length(j.result)
  FROM json_array_elements($2::json) WITH ORDINALITY AS r(value, place)
  JOIN @.workflow_steps AS s ON s.workflow = ${SEQ}
    AND s.number >= (r.value ->> 0)::integer AND s.number < (r.value ->> 1)::integer
  LEFT JOIN @.jobs AS j ON j.id = s.job_id
  ORDER BY s.number`;

/** Binds a JSON array of ids. */
const RESULTS = `
  SELECT j.id, j.result FROM @.jobs AS j
  WHERE j.id = ANY (ARRAY(SELECT w.id::uuid FROM json_array_elements_text($1::json) AS w(id)))`;

/** Binds a JSON array of `[workflow's id, step]`. */
const WANTED_STEPS = `
  SELECT a.place - 1, ${stepJson("s")}
  FROM json_array_elements($1::json) WITH ORDINALITY AS a(value, place)
  JOIN @.workflows AS w ON w.id = a.value ->> 0
  JOIN @.workflow_steps AS s ON s.workflow = w.seq AND s.number = (a.value ->> 1)::integer`;

const ALL_STEPS: Ranges = [[0, LIMITS.workflowSteps]];

/** @param opened The database, or an error when the storage is closed. */
export function workflowQueries(use: <T>(read: (database: Database) => Promise<T>) => Promise<T>): WorkflowQueries {
  return {
    get: (id) => use((database) => workflowById(id, database)),
    list: (filter, page) => use((database) => listWorkflows(filter, page, database)),
    steps: (id) => use((database) => stepViews(id, ALL_STEPS, database)),
    plan: (id) => use((database) => planOf(id, database)),
    joins: (id) => use((database) => joinsOf(id, database)),
    parents: (requests) => use((database) => stepParents(requests, database)),
  };
}

/** A workflow with its steps, if there is one. */
export async function seenWorkflow(id: string, reader: Reader): Promise<SeenWorkflow | undefined> {
  const workflow = await workflowById(id, reader);
  if (workflow === undefined) return undefined;
  return { workflow, steps: await stepViews(id, ALL_STEPS, reader) };
}

async function workflowById(id: string, database: Reader): Promise<WorkflowRecord | undefined> {
  const row = await database.value(WORKFLOW_BY_ID, [toColumn(id)]);
  return row === null ? undefined : readWorkflow(parsed(row));
}

async function listWorkflows(
  { state, name }: WorkflowFilter,
  { limit, after, offset = 0 }: PageRequest,
  database: Database,
): Promise<Page<WorkflowRecord>> {
  const [before] = after === undefined ? [Number.MAX_SAFE_INTEGER] : decodeCursor(after, ["number", "number"]);
  const filter: SqlValue[] = [
    ...(name === undefined ? [] : [toColumn(name)]),
    ...(state === undefined ? [] : [workflowStateNumber(state)]),
  ];
  const kind = name === undefined ? (state === undefined ? "all" : "state") : state === undefined ? "name" : "both";
  const [rows, total] = await Promise.all([
    database.read(LISTS[kind], [before, limit + 1, offset, ...filter]),
    database.value(TOTALS[kind], filter),
  ]);
  return toPage(
    rows.map(([row]) => readWorkflow(parsed(row))),
    limit,
    Number(total),
    ({ seq }) => [seq, 0],
  );
}

async function planOf(id: string, database: Database): Promise<readonly StepRecord[]> {
  const rows = await database.read(PLAN, [toColumn(id)]);
  return rows.map(([step, ready]) => readStep(parsed(step), ready === null ? null : String(ready)));
}

async function joinsOf(id: string, database: Database): Promise<readonly JoinRecord[]> {
  return (await database.read(JOINS, [toColumn(id)])).map(([join]) => readJoin(parsed(join)));
}

type Ranges = readonly (readonly [from: number, to: number])[];

async function stepViews(id: string, ranges: Ranges, database: Reader): Promise<readonly StepView[]> {
  const rows = (await database.read(STEP_VIEWS, [toColumn(id), JSON.stringify(ranges)])).map(readView);
  const fits = fittingResults(rows.map(({ length }) => length));
  const results = await resultsOf(
    rows.filter(({ length }, index) => length !== null && fits[index] === true).map(({ step }) => step.jobId),
    database,
  );
  return rows.map(({ step, job, length }, index): StepView => {
    const result = results.get(step.jobId) ?? null;
    const leftOut = fits[index] === true ? null : length;
    return job === undefined ? { step, result, leftOut } : { step, job, result, leftOut };
  });
}

interface ViewRow extends Omit<StepView, "result" | "leftOut"> {
  readonly length: number | null;
}

function readView([step, state, startedAt, endedAt, length]: Rows[number]): ViewRow {
  const view = { step: readStep(parsed(step)), length: numberOf(length) };
  if (state === null) return view;
  const job: { state: JobState; startedAt: number | null; endedAt: number | null } = {
    state: stateAt(Number(state)),
    startedAt: numberOf(startedAt),
    endedAt: numberOf(endedAt),
  };
  return { ...view, job };
}

async function resultsOf(ids: readonly string[], database: Reader): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await database.read(RESULTS, [JSON.stringify(ids)]);
  return new Map(rows.map(([id, result]) => [String(id), String(result)]));
}

/** Members of one group have the same parents, so each set of them is read once. */
async function stepParents(
  requests: readonly ResultsRequest[],
  database: Database,
): Promise<readonly (StepParents | undefined)[]> {
  const keys = JSON.stringify(requests.map(({ workflowId, step }) => [workflowId, step]));
  const rows = await database.read(WANTED_STEPS, [keys]);
  const steps = new Map(rows.map(([index, step]) => [Number(index), readStep(parsed(step))]));
  const known = new Map<string, Promise<readonly ParentStep[]>>();
  return Promise.all(
    requests.map(async ({ workflowId }, index) => {
      const step = steps.get(index);
      if (step === undefined) return undefined;
      if (step.parents === null) return { step, found: [] };
      const ranges = parentRanges(step.parents);
      const key = JSON.stringify([workflowId, ranges]);
      const found = known.get(key) ?? stepViews(workflowId, ranges, database).then((views) => views.map(parentOf));
      known.set(key, found);
      return { step, found: await found };
    }),
  );
}

function parentOf({ step: { number, place, callback, jobId }, result, leftOut }: StepView): ParentStep {
  return { number, place, callback, jobId, result, leftOut };
}

function parsed(value: unknown): unknown {
  return JSON.parse(String(value));
}

function numberOf(value: unknown): number | null {
  return value === null ? null : Number(value);
}
