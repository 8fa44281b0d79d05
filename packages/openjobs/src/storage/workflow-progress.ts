/**
 * How arrivals move workflows on: the rule of {@link import("./workflows.ts").Arrive}, for drivers that work synchronously and
 * call it inside of their transaction. A driver brings the tables and decides nothing.
 */
import type { JobRecord } from "../core/job.ts";
import type { Arrival } from "../core/workflow/arrival.ts";
import { readReady, releaseStep } from "../core/workflow/release.ts";
import {
  type JoinRecord,
  programOf,
  type StepFailure,
  type StepRange,
  type StepRecord,
  type WorkflowRecord,
} from "../core/workflow/workflow.ts";
import type { WorkflowFact } from "./workflows.ts";

/** Arrivals at one join. */
export interface JoinArrivals {
  readonly workflowId: string;
  readonly join: number;
  readonly count: number;
  readonly failed: number;
}

/** Steps of one workflow. */
export interface StepsOf {
  readonly workflowId: string;
  readonly range: StepRange;
}

/** What arrivals add to a workflow. */
export interface WorkflowChange {
  readonly workflowId: string;
  readonly completed: number;
  readonly failed: number;
  /** The first failure among the arrivals; the workflow keeps the one that it has. */
  readonly failure: StepFailure | null;
  readonly end: "completed" | "failed" | null;
}

/** A step with the workflow that it belongs to. */
export interface MemberStep {
  readonly workflowId: string;
  readonly step: StepRecord;
}

/** The tables of a driver, inside of its transaction. Each method is a few statements, however long its list is. */
export interface ProgressTables {
  /** Ends steps that are released and whose workflows run; answers those, as they are now, in the order of the arrivals. */
  endSteps(arrivals: readonly Arrival[]): readonly MemberStep[];
  /** Subtracts; answers the joins that have come to zero by this. Each join is in the list once. */
  lower(arrivals: readonly JoinArrivals[]): readonly (JoinRecord & { readonly workflowId: string })[];
  /** Cancels those of the steps that wait. */
  skip(steps: readonly StepsOf[]): void;
  /** Makes those of the steps that wait released ones, and answers them as they were. */
  release(steps: readonly StepsOf[]): readonly MemberStep[];
  /** Stores the jobs of released steps; answers them as they are stored. */
  insert(jobs: readonly JobRecord[]): readonly JobRecord[];
  /** Adds; answers the workflows as they are now. Each workflow is in the list once. */
  advance(changes: readonly WorkflowChange[]): readonly WorkflowRecord[];
}

/** Applies the arrivals of a group. */
export function runArrivals(arrivals: readonly Arrival[], tables: ProgressTables, now: number): WorkflowFact[] {
  const ended = tables.endSteps(arrivals);
  if (ended.length === 0) return [];
  const outcome = fire(wavesOf(ended), tables);
  if (outcome.skip.length > 0) tables.skip(outcome.skip);
  const released = outcome.release.length === 0 ? [] : tables.release(outcome.release);
  const jobs = tables.insert(released.map(({ step }) => jobOf(step, now)));
  const workflows = tables.advance(changesOf(ended, outcome.ends));
  return factsOf(ended, { released, jobs, ends: outcome.ends }, workflows);
}

interface Fired {
  readonly release: StepsOf[];
  readonly skip: StepsOf[];
  readonly ends: Map<string, "completed" | "failed">;
}

/** Wave after wave, until no join comes to zero any more. */
function fire(first: Wave, tables: ProgressTables): Fired {
  const fired: Fired = { release: [], skip: [], ends: new Map() };
  let wave = first;
  while (wave.size > 0) {
    const zero = tables.lower([...wave.values()]);
    wave = new Map();
    for (const join of zero) {
      const { workflowId } = join;
      const { release, skip, arrive, end } = programOf(join);
      for (const range of release) fired.release.push({ workflowId, range });
      for (const range of skip) fired.skip.push({ workflowId, range });
      for (const [target, failed] of arrive) addTo(wave, workflowId, target, failed);
      if (end !== null) fired.ends.set(workflowId, end);
    }
  }
  return fired;
}

type Wave = Map<string, JoinArrivals>;

function wavesOf(ended: readonly MemberStep[]): Wave {
  const wave: Wave = new Map();
  for (const { workflowId, step } of ended) {
    const failed = step.state === "completed" ? 0 : 1;
    for (const target of step.targets) addTo(wave, workflowId, target, failed);
  }
  return wave;
}

function addTo(wave: Wave, workflowId: string, join: number, failed: number): void {
  const key = `${join}:${workflowId}`;
  const before = wave.get(key);
  const count = (before?.count ?? 0) + 1;
  wave.set(key, { workflowId, join, count, failed: (before?.failed ?? 0) + failed });
}

/** A released step has its request: it was there while it waited. */
function jobOf({ ready }: StepRecord, now: number): JobRecord {
  if (ready === null) throw new Error("A step that waits has no job.");
  return releaseStep(readReady(ready), now).job;
}

function changesOf(ended: readonly MemberStep[], ends: Fired["ends"]): readonly WorkflowChange[] {
  const changes = new Map<string, { -readonly [K in keyof WorkflowChange]: WorkflowChange[K] }>();
  for (const { workflowId, step } of ended) {
    let change = changes.get(workflowId);
    if (change === undefined) {
      change = { workflowId, completed: 0, failed: 0, failure: null, end: ends.get(workflowId) ?? null };
      changes.set(workflowId, change);
    }
    if (step.callback === null) change[step.state === "completed" ? "completed" : "failed"] += 1;
    change.failure ??= failureOf(step);
  }
  return [...changes.values()];
}

function failureOf({ number, id, type, place, error }: StepRecord): StepFailure | null {
  return error === null ? null : { step: number, step_id: id, step_type: type, place, error: JSON.parse(error) };
}

/**
 * What arrivals have done, in the order in which it is told.
 *
 * @param ended Steps that have ended, as they are now.
 * @param outcome Steps that were released, as they were; their jobs, as they are stored; the ids of workflows that have ended.
 */
export function factsOf(
  ended: readonly MemberStep[],
  {
    released,
    jobs,
    ends,
  }: { released: readonly MemberStep[]; jobs: readonly JobRecord[]; ends: ReadonlyMap<string, unknown> },
  workflows: readonly WorkflowRecord[],
): WorkflowFact[] {
  const byId = new Map(workflows.map((workflow) => [workflow.id, workflow]));
  const facts: WorkflowFact[] = [];
  for (const { workflowId, step } of ended) {
    const workflow = byId.get(workflowId);
    if (workflow !== undefined) facts.push({ kind: "arrived", workflow, step });
  }
  released.forEach(({ workflowId, step }, index) => {
    const workflow = byId.get(workflowId);
    const job = jobs[index];
    if (workflow !== undefined && job !== undefined) facts.push({ kind: "released", workflow, step, job });
  });
  for (const id of ends.keys()) {
    const workflow = byId.get(id);
    if (workflow !== undefined) facts.push({ kind: "ended", workflow });
  }
  return facts;
}
