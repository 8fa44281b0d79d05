/** A line for each job that is enqueued, begins and ends (ojs-middleware §8.1.1). */
import type { Logger } from "../client/logger.ts";
import type { JobContext } from "./job-context.ts";
import type { Middleware, OutgoingJob } from "./middleware.ts";

/** See {@link logging}. */
export interface LoggingOptions {
  /** Default: `console`. */
  readonly logger?: Pick<Logger, "debug" | "info" | "error">;
  /** How loud the usual lines are; failures are always errors. Default `info`. */
  readonly level?: "debug" | "info";
}

/**
 * Logs jobs, with the facts that ojs-middleware §8.1.1 names; never arguments, meta or results (ojs-sdk-guidelines SDK-020).
 *
 * @example
 * client.use(logging());
 * worker.use(logging({ level: "debug" }));
 */
export function logging({ logger = console, level = "info" }: LoggingOptions = {}): Middleware {
  return {
    name: "logging",
    enqueue: async (job, next) => {
      const submitted = await next(job);
      const what = submitted === null ? "job dropped" : "job enqueued";
      logger[level](what, { ...outgoingFacts(job), via: job.via });
      return submitted;
    },
    execute: async (job, next) => {
      const facts = factsOf(job);
      const startedAt = performance.now();
      const ended = (status: string) => ({ ...facts, status, duration_ms: Math.round(performance.now() - startedAt) });
      logger[level]("job started", facts);
      try {
        const result = await next();
        logger[level]("job completed", ended("completed"));
        return result;
      } catch (error) {
        const status = job.signal.aborted && isTimeout(job.signal.reason) ? "timeout" : "failed";
        logger.error("job failed", { ...ended(status), error: error instanceof Error ? error.message : String(error) });
        throw error;
      }
    },
  };
}

function outgoingFacts({ id, type, queue }: OutgoingJob) {
  return { ...(id === undefined ? {} : { job_id: id }), job_type: type, queue };
}

function factsOf({ id, type, queue, attempt }: JobContext) {
  return { job_id: id, job_type: type, queue, attempt };
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.cause === "timeout";
}
