/** What stands between an application and its jobs: on their way to the server, and around their execution (ojs-middleware). */
import type { EnqueueOptions } from "../core/codec/enqueue-options.ts";
import type { Job } from "../core/codec/job-decode.ts";
import type { JobContext } from "./job-context.ts";

/** How a job gets to the server. */
export type EnqueuePath = "enqueue" | "batch" | "workflow" | "cron";

/**
 * A job on its way to the server, whatever method it was given to (ojs-middleware §3.4). A plain value: middleware hands
 * on a changed copy.
 */
export interface OutgoingJob extends Omit<EnqueueOptions, "id" | "queue" | "meta"> {
  /** UUIDv7; absent where the server makes the job later: steps of workflows, recurring jobs. Cannot be changed. */
  readonly id?: string;
  readonly type: string;
  /** As they travel: what is not an array was put into one. */
  readonly args: readonly unknown[];
  readonly queue: string;
  /** Empty when the producer gave none. */
  readonly meta: Readonly<Record<string, unknown>>;
  readonly via: EnqueuePath;
}

/** A job that the server has. */
export interface SubmittedJob {
  /** As it was sent. */
  readonly job: OutgoingJob;
  /** The server's answer; absent for steps of workflows and recurring jobs, which are no jobs yet. */
  readonly accepted?: Job;
}

/** Hands a job on; resolves when the server has it, with null when somebody further on dropped it. Callable once. */
export type EnqueueNext = (job: OutgoingJob) => Promise<SubmittedJob | null>;

/** What a handler is to see instead of what came. */
export interface ExecutionChanges {
  readonly args?: readonly unknown[];
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly parentResults?: readonly unknown[];
  /** Should be aborted whenever the job's own is: `AbortSignal.any([job.signal, own])`. */
  readonly signal?: AbortSignal;
  /** What an earlier attempt has left, in readable form. */
  readonly resumeFrom?: unknown;
  /** These three stand between the handler and the job's own, which they call. */
  readonly step?: JobContext["step"];
  readonly checkpoint?: JobContext["checkpoint"];
  readonly progress?: JobContext["progress"];
}

/** Runs the handler, and what stands before it; resolves with its result. Callable once. */
export type ExecuteNext = (changes?: ExecutionChanges) => Promise<unknown>;

/**
 * One concern of all jobs: on a client it acts when jobs are enqueued, on a worker when they run. One object may do both.
 * On a client it may also act when a job is looked at.
 *
 * `enqueue` calls `next` with the job, changed or not, and returns what that gave; or it returns null without calling it,
 * and the job is dropped. `execute` calls `next` and returns the result, changed or not; nothing (undefined) leaves the result as it was.
 * What either throws ends the enqueueing, or the attempt.
 *
 * @example
 * const tenant: Middleware = {
 *   name: "tenant",
 *   enqueue: (job, next) => next({ ...job, meta: { ...job.meta, tenant: currentTenant() } }),
 *   execute: (job, next) => runAsTenant(job.meta.tenant, next),
 * };
 * client.use(tenant);
 * worker.use(tenant);
 */
export interface Middleware {
  /** What `insertBefore`, `insertAfter` and `remove` know it by. */
  readonly name: string;
  enqueue?(
    job: OutgoingJob,
    next: EnqueueNext,
  ): SubmittedJob | null | undefined | Promise<SubmittedJob | null | undefined>;
  execute?(job: JobContext, next: ExecuteNext): unknown;
  /**
   * Undoes what `enqueue` and `execute` have done to the parts of a job, for whoever looks at it: `getJob` and `result` of a client. The last
   * middleware of the chain is the first.
   */
  read?(job: Job): Job | Promise<Job>;
}
