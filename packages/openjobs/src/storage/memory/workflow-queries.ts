/** Reads of workflows. */
import { type ParentStep, parentRanges } from "../../core/workflow/parent-results.ts";
import type { StepRecord } from "../../core/workflow/workflow.ts";
import { fittingResults } from "../workflow-results.ts";
import type { ResultsRequest, StepParents, StepView, WorkflowQueries } from "../workflows.ts";
import type { Tables } from "./transaction.ts";

/** @param opened The tables, or an error when the storage is closed. */
export function workflowQueries(opened: () => Tables): WorkflowQueries {
  return {
    get: async (id) => opened().workflows.get(id),
    list: async (filter, page) => opened().workflows.page(filter, page),
    steps: async (id) => viewsOf(opened().workflows.steps(id), opened()),
    plan: async (id) => [...opened().workflows.steps(id)],
    joins: async (id) => [...opened().workflows.joins(id)],
    parents: async (requests) => requests.map((request) => parentsOf(request, opened())),
  };
}

/** The steps with what is known of their jobs. */
export function viewsOf(steps: readonly StepRecord[], { jobs }: Tables): readonly StepView[] {
  const members = steps.map(({ jobId }) => jobs.get(jobId));
  const fits = fittingResults(members.map((job) => job?.result?.length ?? null));
  return steps.map((step, index) => {
    const job = members[index];
    if (job === undefined) return { step, result: null, leftOut: null };
    const { state, startedAt, endedAt, result } = job;
    const left = result === null || fits[index] === true ? null : result.length;
    return { step, job: { state, startedAt, endedAt }, result: left === null ? result : null, leftOut: left };
  });
}

function parentsOf({ workflowId, step: number }: ResultsRequest, tables: Tables): StepParents | undefined {
  const steps = tables.workflows.steps(workflowId);
  const step = steps[number];
  if (step === undefined) return undefined;
  const ranges = step.parents === null ? [] : parentRanges(step.parents);
  const views = viewsOf(
    ranges.flatMap(([from, to]) => steps.slice(from, to)),
    tables,
  );
  return { step, found: views.map(parentOf) };
}

function parentOf({ step: { number, place, callback, jobId }, result, leftOut }: StepView): ParentStep {
  return { number, place, callback, jobId, result, leftOut };
}
