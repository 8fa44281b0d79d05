/** Results that somebody will still ask for: those of a workflow's steps stay until it has ended (ojs-results §9.1). */
import type { JobRecord } from "../core/job.ts";
import type { EngineContext } from "./context.ts";
import { answered } from "./storage-trouble.ts";

/** Whether the result of this job may be gone. */
export type IsFree = (job: JobRecord) => boolean;

/**
 * Looks which of these jobs may be removed as far as their workflows are concerned. One that ended is not opened again but by
 * its owner, who knows what was removed before, so the look need not be part of the commit; a job that becomes completed after
 * it is taken for a needed one.
 */
export async function lookForNeeded({ storage }: EngineContext, ids: readonly string[]): Promise<IsFree> {
  const jobs = await answered(storage.jobs.get(ids));
  const concerned = [
    ...new Set(jobs.flatMap((job) => (job !== undefined && mayBeNeeded(job) ? [job.workflowId] : []))),
  ];
  const found = await Promise.all(concerned.map((id) => answered(storage.workflows.get(id ?? ""))));
  const ended = new Set(concerned.filter((_, index) => found[index]?.state !== "running"));
  return (job) => !mayBeNeeded(job) || ended.has(job.workflowId);
}

/** Failures have no results. */
function mayBeNeeded({ state, workflowId }: JobRecord): boolean {
  return state === "completed" && workflowId !== null;
}
