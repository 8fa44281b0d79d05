/** Handlers in threads of their own, for work that keeps a processor busy. */
import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import { type Duration, toMilliseconds } from "../../core/duration.ts";
import { ojsError } from "../../core/errors.ts";
import type { JobContext, JobHandler } from "../../middleware/job-context.ts";
import { Thread } from "./thread.ts";
import { ThreadPool } from "./thread-pool.ts";

/** See {@link isolated}. */
export interface IsolationOptions {
  /** Threads at a time; more jobs wait for one. Default: one for each processor. */
  readonly threads?: number;
  /** Memory of one thread's heap, in MiB; a handler that wants more fails. Default: Node's. */
  readonly memoryLimitMb?: number;
  /** How long a handler may take to stop after its signal was aborted, before its thread is killed. Default 500 ms. */
  readonly killAfter?: Duration;
  /** How long a thread may be idle before it ends. Default 10 s. */
  readonly idleTimeout?: Duration;
}

/** A handler to register, and the way to let go of its threads. */
export interface IsolatedHandler extends JobHandler {
  /** Ends all threads at once, also those that run. Idle ones keep no process alive, so this is for tests and for the impatient. */
  close(): Promise<void>;
}

/**
 * Runs the default export of a module as a handler, in a thread: the worker's own thread, with its heartbeats and its other jobs, stays free, whatever the handler
 * computes. Arguments and result travel as JSON; `signal`, `log`, `progress`, `step`, `checkpoint` and `heartbeat` work as always. A handler that does not stop
 * when it is told to (timeout, cancellation, lost lease, shutdown) is killed; one that runs out of memory or ends its thread fails its
 * attempt and nothing else.
 *
 * @param module URL of a JavaScript file: `new URL("./resize.js", import.meta.url)`; or its absolute path.
 * @throws OjsValidationError when an option makes no sense.
 * @example
 * worker.register("image.resize", isolated(new URL("./resize.js", import.meta.url), { threads: 2, memoryLimitMb: 256 }));
 */
export function isolated(module: URL | string, options: IsolationOptions = {}): IsolatedHandler {
  const threads = positive("threads", options.threads ?? availableParallelism());
  const memoryLimitMb =
    options.memoryLimitMb === undefined ? undefined : positive("memoryLimitMb", options.memoryLimitMb);
  const limits = { memoryLimitMb, killAfterMs: toMilliseconds(options.killAfter ?? 500) };
  const idleMs = toMilliseconds(options.idleTimeout ?? "10s");
  const href = typeof module === "string" ? pathToFileURL(module).href : module.href;
  const pool = new ThreadPool({ size: threads, idleMs, create: () => new Thread(limits) });
  const handler = (context: JobContext): Promise<unknown> =>
    pool.use(context.signal, (thread) => thread.run(href, context));
  return Object.assign(handler, { close: () => pool.close() });
}

function positive(field: string, value: number): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw ojsError("invalid_request", `${field} must be a whole number above 0, not ${value}.`, { details: { field } });
}
