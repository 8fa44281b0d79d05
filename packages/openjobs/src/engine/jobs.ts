/** Look at one job, or stop or start it from outside (ojs-core §7.6; http-binding §7). */
import type { JobRecord } from "../core/job.ts";
import { nextRevision } from "../core/job-revision.ts";
import { cancel } from "../core/lifecycle/end.ts";
import { activate } from "../core/lifecycle/enqueue.ts";
import { reprioritize } from "../core/lifecycle/reprioritize.ts";
import type { Transition } from "../core/lifecycle/transition.ts";
import type { EngineContext } from "./context.ts";
import type { Moved, Reprioritized } from "./facade.ts";
import { decideJob, found, move, nothing } from "./move.ts";
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

/** Gives a waiting job another priority. That it has it already is as good as done. */
export function setPriority(
  { committer, announcer }: EngineContext,
  id: string,
  priority: number,
): Promise<Reprioritized> {
  return decideJob(committer, id, (before, { now }) => {
    const change = reprioritize(before, priority);
    const previousPriority = before.priority;
    if (priority === previousPriority) return nothing({ job: before, previousPriority });
    const after = nextRevision(before, change);
    return {
      effects: [{ kind: "update", before, change }],
      committed() {
        announcer.reprioritized(after, previousPriority, now);
        return { job: after, previousPriority };
      },
    };
  });
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
