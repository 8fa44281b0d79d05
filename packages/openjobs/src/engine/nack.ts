/** Nack: an attempt failed, or the worker gives the job back (ojs-core §7.4, http-binding §10.3). */
import type { JobRecord } from "../core/job.ts";
import { endByReport } from "../core/lifecycle/report.ts";
import { requireHeld } from "./conflicts.ts";
import type { EngineContext } from "./context.ts";
import type { NackRequest } from "./facade.ts";
import { decideJob, move } from "./move.ts";

/** Ends the attempt; core decides what becomes of the job. */
export function nack(context: EngineContext, request: NackRequest): Promise<JobRecord> {
  const { committer, announcer, random } = context;
  const { jobId, fence } = request;
  return decideJob(committer, jobId, (job, { now }) => {
    requireHeld(job, fence);
    return move(announcer, job, endByReport(job, request, { now, random }), now);
  });
}
