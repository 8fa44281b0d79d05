/** What was accepted is there, as it was sent; what was not answered is there or not, but whole. */
import type { Wire } from "../../support/raw-ojs.ts";
import type { Report, Snapshot } from "./checker.ts";
import { type History, type JobHistory, succeeded } from "./history.ts";

/** Batches are all or nothing (ojs-http-binding §9.2). */
export function checkExistence({ enqueues }: History, snapshot: Snapshot, report: Report): void {
  for (const { jobs } of enqueues) {
    const there = jobs.filter(({ id }) => snapshot.get(id) !== undefined).length;
    if (there === 0 || there === jobs.length) continue;
    report("half-batch", `${there} of the ${jobs.length} jobs of a batch exist, the first would be ${jobs[0]?.id}`);
  }
}

/** A job that was accepted exists and is what its producer sent, on GET and at every handout. */
export function checkSentJob(job: JobHistory, now: Wire | undefined, report: Report): void {
  const { sent } = job;
  if (sent === undefined) {
    report("unknown-job", "nobody has enqueued it");
    return;
  }
  if (now === undefined) {
    if (job.enqueues.some(succeeded)) report("lost-job", "its enqueue was answered 2xx");
    if (job.handouts.length > 0) report("lost-job", "a worker was given it");
    return;
  }
  const shown = {
    id: now.id,
    type: now.type,
    queue: now.queue,
    args: JSON.stringify(now.args),
    meta: JSON.stringify(now.meta),
    maxAttempts: now.max_attempts,
  };
  if (JSON.stringify(shown) !== JSON.stringify(sent)) {
    report("changed-job", `sent ${JSON.stringify(sent)}, now ${JSON.stringify(shown)}`);
  }
  for (const { args } of job.handouts) {
    if (args !== sent.args) report("changed-job", `sent ${sent.args}, handed out ${args}`);
  }
}
