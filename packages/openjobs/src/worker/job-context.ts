/** Makes what a handler sees of the job it runs. */
import { argOf } from "../middleware/argument.ts";
import type { JobContext } from "../middleware/job-context.ts";
import type { Holding } from "./holdings.ts";

const NO_RESULTS: readonly unknown[] = Object.freeze([]);

/** Builds the context of a held job. */
export function createJobContext(
  holding: Holding,
  workerId: string,
  beatFor: (holding: Holding) => Promise<void>,
): JobContext {
  const { job } = holding;
  return {
    id: job.id,
    type: job.type,
    queue: job.queue,
    args: job.args,
    meta: job.meta,
    attempt: job.attempt,
    maxAttempts: job.maxAttempts,
    workflowId: job.workflowId,
    parentResults: job.parentResults ?? NO_RESULTS,
    job,
    workerId,
    get signal() {
      return holding.signal;
    },
    arg: (name) => argOf(job.args, name),
    heartbeat: async () => {
      holding.signal.throwIfAborted();
      await beatFor(holding);
      holding.signal.throwIfAborted();
    },
  };
}
