/** The mode in which jobs run within `enqueue` (ojs-testing §5.2). */
import type { Job } from "../core/codec/job-decode.ts";
import type { Middleware, OutgoingJob } from "../middleware/middleware.ts";

/** Runs each job that was enqueued before its `enqueue` returns; steps of workflows and recurring jobs have their own times. */
export function inlineMiddleware(run: (job: Job) => Promise<void>): Middleware {
  return {
    name: "openjobs/testing",
    enqueue: async (job, next) => {
      if (job.via === "workflow" || job.via === "cron") return next(job);
      const submitted = await next(atOnce(job));
      if (submitted?.accepted !== undefined) await run(submitted.accepted);
      return submitted;
    },
  };
}

/** One attempt, now. */
function atOnce({ delay: _, scheduledAt: __, ...job }: OutgoingJob): OutgoingJob {
  return { ...job, retry: { ...job.retry, maxAttempts: 1 } };
}
