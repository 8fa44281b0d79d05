/** Look at one job, or stop or start it from outside (ojs-core §7.6; http-binding §7). */
import type { JobRecord } from "../core/job.ts";
import { cancel } from "../core/lifecycle/end.ts";
import { activate } from "../core/lifecycle/enqueue.ts";
import type { Transition } from "../core/lifecycle/transition.ts";
import type { EngineContext } from "./context.ts";
import type { Moved } from "./facade.ts";
import { decideJob, found, move } from "./move.ts";
import { answered } from "./storage-trouble.ts";

/** The job as it is now; a reader never sees a job whose time has come without its move (decisions 3.8). */
export async function getJob({ storage, clock, dueWork }: EngineContext, id: string): Promise<JobRecord> {
  const [job] = await answered(storage.jobs.get([id]));
  const isDue = job !== undefined && job.dueAt !== null && job.dueAt <= clock.now();
  return found(isDue ? await dueWork.settle(id) : job, id);
}

/** Cancels a job that has not ended. */
export function cancelJob(context: EngineContext, id: string): Promise<Moved> {
  return moveByRequest(context, id, cancel);
}

/** Releases a pending job. */
export function activateJob(context: EngineContext, id: string): Promise<Moved> {
  return moveByRequest(context, id, activate);
}

function moveByRequest(
  { committer, announcer }: EngineContext,
  id: string,
  decide: (job: JobRecord, now: number) => Transition,
): Promise<Moved> {
  return decideJob(committer, id, (before, { now }) => {
    const { effects, committed } = move(announcer, before, decide(before, now), now);
    return { effects, committed: () => ({ job: committed(), previousState: before.state }) };
  });
}
