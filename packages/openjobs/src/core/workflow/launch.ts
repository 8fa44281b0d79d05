/** The first moment of a workflow. */
import type { NewJobOutcome } from "../lifecycle/enqueue.ts";
import type { Origin } from "./assembly.ts";
import { compileWorkflow } from "./compile.ts";
import type { NewWorkflow } from "./definition.ts";
import { type ReadyJob, releaseStep, writeReady } from "./release.ts";
import type { JoinRecord, StepRange, StepRecord, WorkflowRecord } from "./workflow.ts";

/** What is stored of a new workflow. */
export interface Launch {
  readonly workflow: WorkflowRecord;
  readonly steps: readonly StepRecord[];
  readonly joins: readonly JoinRecord[];
  /** The jobs of the released steps. */
  readonly births: readonly NewJobOutcome[];
}

/** Surroundings of a launch. */
export interface LaunchContext extends Omit<Origin, "workflowId"> {
  /** Fingerprint of the request, when the client chose the id. */
  readonly digest: string | null;
}

/** Compiles a workflow and releases the steps that wait for nothing. */
export function launchWorkflow(request: NewWorkflow, context: LaunchContext): Launch {
  const { now, digest } = context;
  const { steps, ready, joins, nested, start, total } = compileWorkflow(request, context);
  const starting = new Set(numbersOf(start));
  const progress = {
    state: "running",
    startedAt: null,
    endedAt: null,
    completed: 0,
    failed: 0,
    failure: null,
  } as const;
  const { id, name, meta, root } = request;
  const constants = { id, seq: 0, digest, type: root.kind, name, meta, nested: JSON.stringify(nested), createdAt: now };
  return {
    workflow: { ...constants, ...progress, total },
    steps: steps.map((step) => asStored(step, ready[step.number], starting.has(step.number))),
    joins,
    births: [...starting].flatMap((number) => birthOf(ready[number], now)),
  };
}

/** The numbers in ranges, in their order. */
export function numbersOf(ranges: readonly StepRange[]): readonly number[] {
  return ranges.flatMap(([from, to]) => Array.from({ length: to - from }, (_, index) => from + index));
}

function asStored(step: StepRecord, ready: ReadyJob | undefined, starts: boolean): StepRecord {
  if (starts || ready === undefined) return { ...step, state: "released" };
  return { ...step, ready: writeReady(ready) };
}

function birthOf(ready: ReadyJob | undefined, now: number): readonly NewJobOutcome[] {
  return ready === undefined ? [] : [releaseStep(ready, now)];
}
