/** Ack: a job is done (ojs-core §7.3). One statement when all is well, a decision when it is not. */
import type { JobRecord } from "../core/job.ts";
import { complete } from "../core/lifecycle/claim.ts";
import type { CompletedJob } from "../storage/storage.ts";
import { requireHeld } from "./conflicts.ts";
import type { EngineContext } from "./context.ts";
import type { AckOutcome, AckRequest } from "./facade.ts";
import { decideJob, move, nothing } from "./move.ts";
import type { Decided } from "./submission.ts";

/** Completes the job, or says why it cannot be completed. */
export async function ack(context: EngineContext, request: AckRequest): Promise<AckOutcome> {
  const { jobId, fence, result } = request;
  const done = await context.committer.complete({ id: jobId, fence, result }, (completed, at) => {
    if (completed === null) return undefined;
    context.announcer.completed(completed, result, at);
    return outcomeOf(completed, at);
  });
  return done ?? ackBySight(context, request);
}

/** The storage did not touch the job: look why. */
function ackBySight({ committer, announcer }: EngineContext, request: AckRequest): Promise<AckOutcome> {
  const { fence, result } = request;
  return decideJob(committer, request.jobId, (job, { now }): Decided<AckOutcome> => {
    if (isReplay(job, request)) return nothing(outcomeOf(job, job.endedAt ?? now));
    requireHeld(job, fence);
    const { effects, committed } = move(announcer, job, complete(job, result, now), now);
    return { effects, committed: () => outcomeOf(committed(), now) };
  });
}

/**
 * The answer to the ack that completed the job was lost, and its worker asks again (decisions 3.9f). With another result
 * it is not a repetition: a worker that names no lease was faster, and "yes" would promise a result that is not stored.
 */
function isReplay(job: JobRecord, { fence, result }: AckRequest): boolean {
  return job.state === "completed" && fence.lease === job.lease && result === job.result;
}

function outcomeOf({ id, type, queue, attempt }: CompletedJob, completedAt: number): AckOutcome {
  return { id, type, queue, state: "completed", attempt, completedAt };
}
