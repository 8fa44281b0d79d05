/** What a handler, and middleware around it, sees of the job that runs (ojs-middleware §4.4). */
import type { Job } from "../core/codec/job-decode.ts";

/**
 * A running job, as its handler sees it.
 *
 * @example
 * worker.register("email.send", async (job) => {
 *   await deliver(job.arg("to"), { signal: job.signal });
 * });
 */
export interface JobContext<Args extends readonly unknown[] = readonly unknown[]> {
  /** UUIDv7 of the job. */
  readonly id: string;
  readonly type: string;
  readonly queue: string;
  /** The arguments as they travelled; an object given to `enqueue` is the only element. */
  readonly args: Args;
  readonly meta: Readonly<Record<string, unknown>>;
  /** 1 for the first execution (ojs-core §5.3). */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** The workflow that it is a step of. */
  readonly workflowId: string | undefined;
  /**
   * Of a step of a workflow: the results of those before it, oldest first; those of a group or batch are an array or an
   * object by index, as the server sends them (ojs-workflows §7). Empty for other jobs.
   */
  readonly parentResults: readonly unknown[];
  /** The whole job as the server handed it out. */
  readonly job: Job;
  readonly workerId: string;
  /**
   * Aborted with a `JobAbortError` on timeout, cancellation, loss of the lease and shutdown. A handler that gives up then
   * has to throw (`signal.throwIfAborted()` does): one that returns says that the job is done.
   */
  readonly signal: AbortSignal;
  /** A property of the object given to `enqueue`: `args[0][name]`; undefined when there is none. */
  arg(name: string): unknown;
  /**
   * Extends the lease now instead of at the worker's next heartbeat (ojs-worker-protocol §5.4).
   *
   * @throws JobAbortError when the server has given the job away.
   * @throws OjsError when the server cannot be reached.
   */
  heartbeat(): Promise<void>;
}

/** Runs one job; what it returns becomes the job's result, what it throws a failed attempt. */
export type JobHandler<Args extends readonly unknown[] = readonly unknown[], Result = unknown> = (
  job: JobContext<Args>,
) => Result | Promise<Result>;
