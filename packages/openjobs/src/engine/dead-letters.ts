/** The dead letter queue: list, retry, delete (http-binding §12, ojs-dead-letter §6). */
import { ojsError } from "../core/errors.ts";
import type { JobRecord } from "../core/job.ts";
import { retry } from "../core/lifecycle/release.ts";
import type { Page, PageRequest } from "../storage/storage.ts";
import type { EngineContext } from "./context.ts";
import { getJob } from "./jobs.ts";
import { decideJob, move } from "./move.ts";
import { answered } from "./storage-trouble.ts";

/** A page of dead letters. */
export function listDeadLetters(
  { storage }: EngineContext,
  filter: { readonly queue?: string },
  page: PageRequest,
): Promise<Page<JobRecord>> {
  return answered(storage.jobs.deadLetters(filter, page));
}

/** A dead letter. */
export async function getDeadLetter(context: EngineContext, id: string): Promise<JobRecord> {
  const job = await getJob(context, id);
  requireDeadLetter(job);
  return job;
}

/** Brings a dead letter back into its queue. */
export function retryDeadLetter({ committer, announcer }: EngineContext, id: string): Promise<JobRecord> {
  return decideJob(committer, id, (job, { now }) => {
    requireDeadLetter(job);
    return move(announcer, job, retry(job, now), now);
  });
}

/** Removes a dead letter for good. */
export function deleteDeadLetter({ committer }: EngineContext, id: string): Promise<void> {
  return decideJob(committer, id, (job) => {
    requireDeadLetter(job);
    return { effects: [{ kind: "remove", before: job }], committed: () => undefined };
  });
}

function requireDeadLetter({ id, state, deadLetter }: JobRecord): void {
  if (deadLetter) return;
  throw ojsError("not_found", `Job ${id} is ${state} and not in the dead letter queue.`, {
    details: { job_id: id, current_state: state },
  });
}
