/** What claimed members of workflows are told of the steps before them: read now, never copied (design 3.10). */
import type { JobRecord } from "../core/job.ts";
import { type JobWithParents, parentResults } from "../core/workflow/parent-results.ts";
import type { StepParents } from "../storage/workflows.ts";
import type { EngineContext } from "./context.ts";
import { answered } from "./storage-trouble.ts";

/** Gives members the results before them; other jobs stay as they are, and if there are no members nothing is asked. */
export async function withParentResults(
  { storage }: Pick<EngineContext, "storage">,
  jobs: readonly JobRecord[],
): Promise<readonly JobWithParents[]> {
  const members = jobs.flatMap(({ id, workflowId, workflowStep: step }) =>
    workflowId === null || step === null ? [] : [{ id, workflowId, step }],
  );
  if (members.length === 0) return jobs;
  const parents = await answered(storage.workflows.parents(members));
  const byJob = new Map(members.map(({ id }, index) => [id, parents[index]]));
  return jobs.map((job) => withResults(job, byJob.get(job.id)));
}

function withResults(job: JobRecord, parents: StepParents | undefined): JobWithParents {
  if (parents === undefined) return job;
  const { step, found } = parents;
  if (step.parents === null) return { ...job, parentResults: "[]" };
  return {
    ...job,
    parentResults: parentResults(step.parents, new Map(found.map((parent) => [parent.number, parent]))),
  };
}
