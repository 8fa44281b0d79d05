/** From a transition that core decided to an effect that the storage applies. */
import { ojsError } from "../core/errors.ts";
import type { JobRecord } from "../core/job.ts";
import { nextRevision } from "../core/job-revision.ts";
import type { Transition } from "../core/lifecycle/transition.ts";
import type { Announcer } from "./announcer.ts";
import type { Committer } from "./committer.ts";
import type { Decided, DecisionContext } from "./submission.ts";

/** The commit of one move; answers the job as it is afterwards. */
export function move(
  announcer: Pick<Announcer, "moved">,
  job: JobRecord,
  transition: Transition,
  now: number,
): Decided<JobRecord> {
  const { change, failure } = transition;
  const after = nextRevision(job, change);
  return {
    effects: [{ kind: "update", before: job, change, failure, move: transition }],
    committed() {
      announcer.moved(after, transition, job.state, now);
      return after;
    },
  };
}

/** The answer to a decision that has nothing to change. */
export function nothing<T>(answer: T): Decided<T> {
  return { effects: [], committed: () => answer };
}

/** A decision about one job, which must exist. */
export function decideJob<T>(
  committer: Committer,
  id: string,
  decide: (job: JobRecord, context: DecisionContext) => Decided<T>,
): Promise<T> {
  return committer.decide({
    ids: [id],
    decide: ([job], context) => decide(found(job, id), context),
  });
}

/** @throws OjsError `not_found` when there is no such job. */
export function found(job: JobRecord | undefined, id: string): JobRecord {
  if (job === undefined) throw ojsError("not_found", `There is no job ${id}.`, { details: { job_id: id } });
  return job;
}
