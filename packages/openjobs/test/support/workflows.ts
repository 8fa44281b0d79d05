/** Workflows for tests, and short ways to bring them on. */
import type { JobRecord } from "../../src/core/job.ts";
import { type Launch, launchWorkflow } from "../../src/core/workflow/launch.ts";
import { readWorkflow } from "../../src/core/workflow/read-workflow.ts";
import type { StepOutcome, StepRecord } from "../../src/core/workflow/workflow.ts";
import type { Effect } from "../../src/storage/storage.ts";
import { jobId, T0 } from "./jobs.ts";

let made = 0;

/** An id that no other test workflow or member has. */
export function freshId(): string {
  made += 1;
  return jobId(0x100_0000 + made);
}

/** A workflow as it is stored first. */
export function launched(body: object, now: number = T0): Launch {
  const request = readWorkflow({ ...body }, { now, newId: freshId });
  return launchWorkflow(request, { now, newId: freshId, digest: null, fingerprintOf: ({ identity }) => identity });
}

/** A job of a request. */
export function stepOf(type: string, options?: object): { type: string; args: unknown[]; options?: object } {
  return options === undefined ? { type, args: [] } : { type, args: [], options };
}

export function insertOfLaunch({ workflow, steps, joins, births }: Launch): Effect {
  return { kind: "insert-workflow", workflow, steps, joins, jobs: births.map(({ job }) => job) };
}

/** The end of a member as the engine commits it. */
export function endOf(job: JobRecord, outcome: StepOutcome = "completed", now: number = T0): readonly Effect[] {
  const state = outcome === "failed" ? "discarded" : outcome;
  const { id, workflowId, workflowStep: step } = job;
  if (workflowId === null || step === null) throw new Error(`${id} is no member of a workflow.`);
  const error = JSON.stringify({ job_id: id, type: "test", code: "test", message: outcome, attempt: 1 });
  return [
    {
      kind: "update",
      before: job,
      change: { state, endedAt: now, dueAt: null, result: outcome === "completed" ? `"${id}"` : null },
    },
    { kind: "arrive", workflowId, step, outcome, startedAt: now, error: outcome === "completed" ? null : error },
  ];
}

/** The types of the steps in each state. */
export function typesByState(steps: readonly StepRecord[]): Record<string, string[]> {
  const types: Record<string, string[]> = {};
  for (const { state, type } of steps) types[state] = [...(types[state] ?? []), type];
  return types;
}
