/** A limit of time for jobs that have none of their own (ojs-middleware §8.1.3). */
import { type Duration, toMilliseconds } from "../core/duration.ts";
import type { Middleware } from "./middleware.ts";

/**
 * A handler took longer than the middleware allows. The attempt has failed, and the job's retry policy decides.
 *
 * @example
 * worker.register("report.build", (job) => job.signal.throwIfAborted()); // throws it, after the limit
 */
export class JobTimeoutError extends Error {
  override readonly name = "JobTimeoutError";
  /** Travels to the server as the failure's code. */
  readonly code = "timeout";
}

/**
 * Ends attempts that take longer than `limit`: the handler's signal is aborted with a {@link JobTimeoutError}, and the attempt fails
 * with it at once, whether or not the handler stops. A job's own `timeout` is kept by the worker and the server in any case; this is for the jobs
 * whose producers set none, and for limits that only the worker knows.
 *
 * @param limit Milliseconds, or a text such as `"30s"`.
 * @throws OjsValidationError when that is no duration, or 0.
 * @example worker.use(timeout("5m"));
 */
export function timeout(limit: Duration): Middleware {
  const ms = toMilliseconds(limit);
  return {
    name: "timeout",
    execute: async (job, next) => {
      const controller = new AbortController();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          const error = new JobTimeoutError(`the job took longer than ${ms} ms`);
          controller.abort(error);
          reject(error);
        }, ms);
      });
      try {
        return await Promise.race([next({ signal: AbortSignal.any([job.signal, controller.signal]) }), late]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
