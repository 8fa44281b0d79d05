/** Carries out the units of a group: the usual ones by a plain statement for each run, all others by one function. */
import type { JobRecord } from "../../core/job.ts";
import type { Effect, Unit, UnitOutcome, UnitRefused } from "../storage.ts";
import type { WorkflowFact } from "../workflows.ts";

import { INSERTING, UPDATE_JOBS } from "./job-statements.ts";
import type { SqlValue } from "./library.ts";
import type { Rows } from "./link.ts";
import { newJobRow } from "./new-job-row.ts";
import { hashOf } from "./options.ts";
import type { Step } from "./step.ts";
import { fromColumn } from "./storable-text.ts";
import { stepOf, updateRow } from "./unit-rows.ts";
import { type InsertingUnit, type Run, runsOf, type UpdatingUnit } from "./unit-runs.ts";
import { factsOfNews } from "./workflow-news.ts";

const HAPPENED: UnitOutcome = Object.freeze({ ok: true });

/** Units of one job each: selects the ids that were there. */
export const INSERT_EACH: string = `${INSERTING}
  SELECT w.id FROM wanted AS w WHERE NOT EXISTS (SELECT FROM added AS a WHERE a.id = w.id)`;

/** Units of several jobs: all of them, or the transaction begins again with more care. Binds how many there are as well. */
export const INSERT_ALL: string = `${INSERTING}
  SELECT CASE WHEN (SELECT count(*) FROM added) <> $3::bigint THEN @.clash_v1() END`;

/** Binds the time, the steps, what to lock and the jobs of steps that may be released. */
export const RUN_UNITS = "SELECT @.run_units_v1($1::bigint, $2::json, $3::json, $4::json)";

/** So many locks stand for all fingerprints: few enough for the server's table of locks, many enough not to meet by chance. */
const LOCKS = 1_024;

/** What a plan of units depends on beside them. */
export interface UnitContext {
  readonly now: number;
  /** Whether a plain statement has found that it cannot tell who is refused. */
  readonly careful: boolean;
  /** Jobs of steps that the units may release, by id. */
  readonly ready: ReadonlyMap<string, JobRecord>;
  readonly lockClass: number;
}

/** What units have brought so far. */
export interface UnitOutcomes {
  /** A place for each unit. */
  readonly units: UnitOutcome[];
  readonly facts: WorkflowFact[];
}

/** The statements for these units. Their outcomes are `ok` unless a statement says otherwise. */
export function unitSteps(units: readonly Unit[], context: UnitContext, outcomes: UnitOutcomes): readonly Step[] {
  for (let unit = 0; unit < units.length; unit += 1) outcomes.units[unit] = HAPPENED;
  const runs = runsOf(units);
  const plain = runs.flatMap((run) => plainStep(run, context, outcomes) ?? []);
  if (plain.length === runs.length) return plain;
  return [functionStep(runs, context, outcomes)];
}

/** Undefined for runs that need the function. */
function plainStep(run: Run, context: UnitContext, outcomes: UnitOutcomes): Step | undefined {
  if (run.kind === "inserts" && !context.careful) return insertStep(run.units, context.now, outcomes);
  const isPlain = run.kind === "updates" && run.units.every(({ arrive }) => arrive === undefined);
  return isPlain ? updateStep(run.units, context.now, outcomes) : undefined;
}

function insertStep(units: readonly InsertingUnit[], now: number, { units: outcomes }: UnitOutcomes): Step | undefined {
  const jobs: JobRecord[] = [];
  for (const { insertions } of units) {
    for (const { job, unique } of insertions) {
      if (unique !== undefined) return undefined;
      jobs.push(job);
    }
  }
  const rows = JSON.stringify(jobs.map((job) => newJobRow(job, now)));
  if (jobs.length > units.length) {
    return { query: { sql: INSERT_ALL, values: [now, rows, jobs.length] }, take: () => undefined };
  }
  const take = (taken: Rows): void => {
    for (const [id] of taken) {
      const place = jobs.findIndex((job) => job.id === id);
      outcomes[units[place]?.unit ?? -1] = refusal("exists", id);
    }
  };
  return { query: { sql: INSERT_EACH, values: [now, rows] }, take };
}

function updateStep(units: readonly UpdatingUnit[], now: number, { units: outcomes }: UnitOutcomes): Step {
  const take = (refused: Rows): void => {
    for (const [unit, id, there] of refused)
      outcomes[Number(unit)] = refusal(there === true ? "changed" : "missing", id);
  };
  return { query: { sql: UPDATE_JOBS, values: [now, JSON.stringify(units.map(updateRow))] }, take };
}

/** What `run_units` answers. */
export interface FunctionAnswer {
  readonly refused: readonly (readonly [unit: number, reason: string, id: string])[];
  readonly news: readonly unknown[];
}

function functionStep(runs: readonly Run[], context: UnitContext, { units, facts }: UnitOutcomes): Step {
  const { ready } = context;
  const take = (rows: Rows): void => {
    const answer = JSON.parse(String(rows[0]?.[0])) as FunctionAnswer; // run_units writes exactly this
    for (const [unit, reason, id] of answer.refused) units[unit] = refusal(reason, id);
    for (const news of answer.news) facts.push(...factsOfNews(news, ready));
  };
  return { query: { sql: RUN_UNITS, values: functionValues(runs, context) }, take };
}

/** What {@link RUN_UNITS} binds. */
export function functionValues(runs: readonly Run[], context: UnitContext): readonly SqlValue[] {
  const { now, ready } = context;
  const steps = JSON.stringify(runs.map((run) => stepOf(run, now)));
  const jobs = Object.fromEntries(Array.from(ready.values(), (job, n) => [job.id, newJobRow(job, now, undefined, n)]));
  return [now, steps, JSON.stringify(locksOf(runs, context)), JSON.stringify(jobs)];
}

/** What became of the only unit. */
export function outcomeOf({ refused: [first] }: FunctionAnswer): UnitOutcome {
  return first === undefined ? HAPPENED : refusal(first[1], first[2]);
}

/** Sorted, so that two servers never wait for each other in a circle. */
function locksOf(runs: readonly Run[], { lockClass }: UnitContext): readonly [number, readonly number[]] {
  const locks = new Set<number>();
  for (const run of runs) {
    for (const effect of effectsOf(run)) {
      if (effect.kind === "insert" && effect.unique !== undefined) locks.add(hashOf(effect.unique.fingerprint) % LOCKS);
    }
  }
  return [lockClass, [...locks].sort((a, b) => a - b)];
}

function effectsOf(run: Run): readonly Effect[] {
  if (run.kind === "unit") return run.effects;
  return run.kind === "inserts" ? run.units.flatMap(({ insertions }) => insertions) : [];
}

function refusal(reason: unknown, id: unknown): UnitRefused {
  // Statements and functions know no other reasons.
  return { ok: false, reason: reason as UnitRefused["reason"], id: fromColumn(String(id)) };
}
