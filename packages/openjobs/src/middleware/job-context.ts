/** What a handler, and middleware around it, sees of the job that runs (ojs-middleware §4.4). */
import type { Logger } from "../client/logger.ts";
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
  /** For whoever works on this execution, middleware and handler, to leave things for each other (ojs-middleware §4.4). Goes nowhere. */
  readonly metadata: Record<string, unknown>;
  /**
   * The worker's logger, with id, type, queue and attempt of the job in every line; without a logger of yours, `info` and above go to
   * `console`. Never writes arguments by itself.
   *
   * @example job.log.info("delivered", { messageId });
   */
  readonly log: Logger;
  /**
   * Says how far the job has come (ojs-progress), as often as you like: one report a second travels, and the last one before the
   * outcome. Never fails, and nothing is to be waited for.
   *
   * @param done From 0 to 1, or a count. Within an attempt it never goes back.
   * @param data Anything worth showing; JSON of at most 4 KiB.
   * @example job.progress({ current: 14_000, total: 30_000, message: "importing" }, { file: "b.csv" });
   */
  progress(done: number | ProgressCount, data?: Readonly<Record<string, unknown>>): void;
  /**
   * Does something once (docs/guides/durable.md): what `work` returns is kept with the job before this resolves, and an attempt that comes
   * later gets it without calling `work` again. If the worker dies between the two, `work` runs once more. Steps come one
   * after the other, each with a name of its own, the same in each attempt; all results together have 1 MiB.
   *
   * @returns What `work` returned, as JSON carries it.
   * @throws StepError, which ends the job, when steps are not those of the attempt before, or a result cannot be kept.
   * @throws JobAbortError when the job was told to stop, or the server has given it away.
   * @throws OjsError when the server cannot be reached until the lease ends.
   * @example const charge = await job.step("charge", () => stripe.charge(order));
   */
  step<T>(name: string, work: () => T | Promise<T>): Promise<T>;
  /** The state that an earlier attempt has left by {@link JobContext.checkpoint}; undefined when none has. */
  readonly resumeFrom: unknown;
  /**
   * Keeps a state for the next attempt, in place of the last one (ojs-durable-execution §4): a cursor, not results. JSON of
   * at most 1 MiB. For work in steps there is {@link JobContext.step}; a job has one of the two.
   *
   * @throws JobAbortError when the job was told to stop, or the server has given it away.
   * @throws OjsError when the server refuses it, or cannot be reached until the lease ends.
   * @example await job.checkpoint({ cursor: page.next });
   */
  checkpoint(state: unknown): Promise<void>;
}

/** Progress as a count. */
export interface ProgressCount {
  /** How much is done. */
  readonly current: number;
  /** How much there is; 0 = not known. */
  readonly total: number;
  /** A sentence for people, at most 1,000 characters. */
  readonly message?: string;
}

/** Runs one job; what it returns becomes the job's result, what it throws a failed attempt. */
export type JobHandler<Args extends readonly unknown[] = readonly unknown[], Result = unknown> = (
  job: JobContext<Args>,
) => Result | Promise<Result>;
