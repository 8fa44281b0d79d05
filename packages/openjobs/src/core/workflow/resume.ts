/**
 * Running a failed workflow again from where it failed. No new rule: the ends that stand are told to fresh joins, and what they
 * release then and has not ended is what has to run (docs/adr/013-joins-count-down.md).
 */
import { ojsError } from "../errors.ts";
import type { JobRecord } from "../job.ts";
import type { NewJobOutcome } from "../lifecycle/enqueue.ts";
import { numbersOf } from "./launch.ts";
import { type ReadyJob, readReady, releaseStep, requestOf, writeReady } from "./release.ts";
import { type JoinProgram, type JoinRecord, programOf, type StepRecord, type WorkflowRecord } from "./workflow.ts";

/** A failed workflow with all that is known of it. */
export interface FailedWorkflow {
  readonly workflow: WorkflowRecord;
  readonly steps: readonly StepRecord[];
  readonly joins: readonly JoinRecord[];
  /** The jobs of its steps, as far as they are there, by id. */
  readonly jobs: ReadonlyMap<string, JobRecord>;
}

/** What is stored of a workflow that runs again. */
export interface Resumption {
  /** Steps that ended otherwise than well and are left so: a callback has taken their failure. */
  readonly failed: number;
  /** Those that change. */
  readonly steps: readonly StepRecord[];
  readonly joins: readonly JoinRecord[];
  readonly births: readonly NewJobOutcome[];
}

/** @throws OjsError `conflict` when the job of a step that has to run again is gone. */
export function resumeWorkflow(
  failed: FailedWorkflow,
  { now, newId }: { readonly now: number; readonly newId: () => string },
): Resumption {
  const again = failuresBehind(failed);
  const { joins, states } = replay(failed, again);
  const changed = failed.steps.flatMap((step) => {
    const state = states[step.number] ?? "waiting";
    return state === step.state && !again.has(step.number) ? [] : [{ step, state }];
  });
  const births: NewJobOutcome[] = [];
  const steps = changed.map(({ step, state }): StepRecord => {
    if (state !== "waiting" && state !== "released") return { ...step, state, endedAt: step.endedAt ?? now };
    const ready = freshJob(step, failed, { now, newId });
    if (state === "released") births.push(releaseStep(ready, now));
    const open = { state, startedAt: null, endedAt: null, error: null };
    return { ...step, ...open, jobId: ready.jobId, ready: state === "released" ? null : writeReady(ready) };
  });
  return { failed: countFailed(failed.steps, steps), steps, joins, births };
}

/** Walks back from the end along what arrived as a failure, to the steps where it began. */
function failuresBehind({ steps, joins }: FailedWorkflow): ReadonlySet<number> {
  const sources = new Set<number>();
  const seen = new Set<number>();
  const open = joins.filter(({ bad }) => bad.end === "failed").map(({ number }) => number);
  for (let join = open.pop(); join !== undefined; join = open.pop()) {
    if (seen.has(join)) continue;
    seen.add(join);
    for (const { number, targets, state, error } of steps) {
      if (state !== "completed" && error !== null && targets.includes(join)) sources.add(number);
    }
    for (const other of joins) {
      const passedOn = programOf(other).arrive.some(([target, failed]) => target === join && failed === 1);
      if (other.remaining === 0 && passedOn) open.push(other.number);
    }
  }
  return sources;
}

/** Tells the ends that stand to fresh joins. */
function replay(
  { steps, joins }: FailedWorkflow,
  again: ReadonlySet<number>,
): { readonly joins: readonly JoinRecord[]; readonly states: readonly StepRecord["state"][] } {
  const stands = steps.map(({ number, state }) => !again.has(number) && state !== "waiting" && state !== "released");
  const run = new Replay(joins);
  run.released.push(...startOf(steps, joins));
  for (let number = run.released.pop(); number !== undefined; number = run.released.pop()) {
    const step = steps[number];
    if (step === undefined) continue;
    const stays = stands[number] === true;
    run.states.set(number, stays ? step.state : "released");
    if (stays) run.arrive(step.targets, step.state === "completed" ? 0 : 1);
  }
  return { joins: run.joins, states: steps.map(({ number }) => run.states.get(number) ?? "waiting") };
}

/** Fresh joins, and what they have released so far. */
class Replay {
  readonly joins: { -readonly [K in keyof JoinRecord]: JoinRecord[K] }[];
  readonly states: Map<number, StepRecord["state"]> = new Map();
  readonly released: number[] = [];

  constructor(joins: readonly JoinRecord[]) {
    this.joins = joins.map((join) => ({ ...join, remaining: join.expected, failed: 0 }));
  }

  arrive(targets: readonly number[], failed: 0 | 1): void {
    const arrivals = targets.map((join) => [join, failed] as const);
    for (let next = arrivals.pop(); next !== undefined; next = arrivals.pop()) arrivals.push(...this.#lower(...next));
  }

  /** One arrival; answers those that follow from it. */
  #lower(number: number, failed: 0 | 1): JoinProgram["arrive"] {
    const join = this.joins[number];
    if (join === undefined) return [];
    join.remaining -= 1;
    join.failed += failed;
    if (join.remaining > 0) return [];
    const { release, skip, arrive } = programOf(join);
    this.released.push(...numbersOf(release));
    for (const skipped of numbersOf(skip)) this.states.set(skipped, "cancelled");
    return arrive;
  }
}

/** Steps that no join releases. */
function startOf(steps: readonly StepRecord[], joins: readonly JoinRecord[]): readonly number[] {
  const later = new Set(joins.flatMap(({ ok, bad }) => numbersOf([...ok.release, ...bad.release])));
  return steps.map(({ number }) => number).filter((number) => !later.has(number));
}

/** A new job for a step: what it waited with, or what its last job was asked for. */
function freshJob(
  { number, ready, jobId }: StepRecord,
  { workflow, jobs }: FailedWorkflow,
  { now, newId }: { readonly now: number; readonly newId: () => string },
): ReadyJob {
  if (ready !== null) return readReady(ready);
  const job = jobs.get(jobId);
  if (job === undefined) {
    throw ojsError("conflict", `Workflow ${workflow.id} cannot run again: its job ${jobId} has been removed.`, {
      details: { workflow_id: workflow.id, job_id: jobId },
    });
  }
  const { fingerprint } = job;
  const fresh = { workflowId: workflow.id, step: number, jobId: newId(), fingerprint, readAt: now };
  return { ...fresh, request: requestOf(job), relative: [] };
}

function countFailed(before: readonly StepRecord[], changed: readonly StepRecord[]): number {
  const after = new Map(changed.map((step) => [step.number, step]));
  return before
    .map((step) => after.get(step.number) ?? step)
    .filter(({ callback, error, state }) => callback === null && error !== null && state !== "completed").length;
}
