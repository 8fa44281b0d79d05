/** What a producer can say about a job (ojs-http-binding §9.1), as the API spells it. */
import type { ArgsRule } from "../definition/standard-schema.ts";
import type { Duration } from "../duration.ts";
import type { JobState } from "../job.ts";
import type { BackoffStrategy, ExhaustionAction } from "../retry.ts";
import type { ConflictAction, UniqueDimension } from "../unique-policy.ts";

/** `high` = 10, `normal` = 0, `low` = −10 (ojs-core §5.2). */
export type PriorityLevel = "high" | "normal" | "low";

/**
 * How a job is run again after a failure (ojs-retry §3). What is left out is the server's default.
 *
 * @example
 * await client.enqueue("email.send", [to], { retry: { maxAttempts: 5, initialInterval: "2s", onExhaustion: "dead_letter" } });
 */
export interface RetryOptions {
  /** Attempts in all, the first included. */
  readonly maxAttempts?: number;
  /** Delay before the first retry. */
  readonly initialInterval?: Duration;
  readonly backoffCoefficient?: number;
  readonly backoffStrategy?: BackoffStrategy;
  /** Longest delay between attempts. */
  readonly maxInterval?: Duration;
  /** Whether delays vary at random. */
  readonly jitter?: boolean;
  /** Failure types that end the job at once; a trailing `*` matches any ending. */
  readonly nonRetryableErrors?: readonly string[];
  /** What becomes of the job after its last attempt. */
  readonly onExhaustion?: ExhaustionAction;
}

/**
 * When a job counts as the same as another one, and what happens then (ojs-unique-jobs §2, §5).
 *
 * @example
 * await client.enqueue("invoice.build", { order: 7 }, { unique: { argsKeys: ["order"], period: "1h", onConflict: "ignore" } });
 */
export interface UniqueOptions {
  /** What is compared. The type always is; default: that, and `args` or `meta` if members of them are named. */
  readonly keys?: readonly UniqueDimension[];
  /** Members of the args object to compare, instead of all of them. */
  readonly argsKeys?: readonly string[];
  /** Members of `meta` to compare; needed to compare it at all. */
  readonly metaKeys?: readonly string[];
  /** How long the older job is in the way after it was created; without an end when absent. */
  readonly period?: Duration;
  /** States in which the older job is in the way; all that are not final when absent. */
  readonly states?: readonly JobState[];
  /**
   * `reject` (default): the new job fails with `duplicate`. `ignore`: the older job is the answer. `replace`: the older job is
   * cancelled. `replace_except_schedule`: so it is, and the new job takes over its time.
   */
  readonly onConflict?: ConflictAction;
  /**
   * What the server compares instead of making it of the job: 64 lower-case hexadecimal digits. For arguments that the server
   * cannot read; the middleware `encryption` sets it (ojs-extension-interactions §4).
   */
  readonly fingerprint?: string;
}

/** So many jobs in so much time. */
export interface PaceOptions {
  readonly limit: number;
  readonly period: Duration;
}

/**
 * How many jobs may run at once, or start in some time, among all that name the same key, whatever their types and queues
 * (ojs-rate-limiting §6). A job waits in its queue until all that is named here allows it; those behind it need not wait.
 *
 * @example
 * await client.enqueue("invoice.send", [id], { rateLimit: { key: "stripe", concurrency: 5, rate: { limit: 100, period: "1m" } } });
 */
export interface RateLimitOptions {
  /** Who shares the limit: 1 to 255 letters, digits, `.`, `_`, `:` and `-`, such as `tenant:acme`. */
  readonly key: string;
  /** Jobs that run at the same time; 0 = none. */
  readonly concurrency?: number;
  /** Starts within any such period, in bursts if they come so. */
  readonly rate?: PaceOptions;
  /** Starts evenly spaced: 10 in a second means that 100 ms lie between two. */
  readonly throttle?: PaceOptions;
}

/** Everything that can be said about a job besides its type and its arguments. */
export interface EnqueueOptions {
  /** Lower-case UUIDv7; the client makes one when absent. The same id with the same job is enqueued only once. */
  readonly id?: string;
  /** Default `"default"`. */
  readonly queue?: string;
  /** −100 to 100, higher first. Default 0. */
  readonly priority?: number | PriorityLevel;
  /** How long to wait before the job may run, counted from now by this machine's clock. Excludes `scheduledAt`. */
  readonly delay?: Duration;
  /** When the job may run: a Date, or RFC 3339 text with a time zone. */
  readonly scheduledAt?: Date | string;
  /** When the job is no longer worth running: a Date, or RFC 3339 text with a time zone. */
  readonly expiresAt?: Date | string;
  /** How long one attempt may take. */
  readonly timeout?: Duration;
  /** How much longer than `timeout` the server waits before it ends the attempt, for handlers that tidy up. Default 0. */
  readonly gracePeriod?: Duration;
  /** How long all attempts and the waits between them may take together. */
  readonly totalTimeout?: Duration;
  /** How long the job may wait for its first attempt. */
  readonly enqueueTtl?: Duration;
  /** How long a running job may be without a heartbeat. */
  readonly heartbeatTimeout?: Duration;
  /** How long a worker may be silent before the job is given to another one. */
  readonly visibilityTimeout?: Duration;
  readonly retry?: RetryOptions;
  readonly unique?: UniqueOptions;
  readonly rateLimit?: RateLimitOptions;
  /** Labels for people and filters. */
  readonly tags?: readonly string[];
  /** Anything that travels with the job and is not an argument: trace ids, tenant. At most 64 KiB of JSON. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** URI of the JSON Schema of the arguments. */
  readonly schema?: string;
  /** Whether the job waits until `activateJob` is called for it. */
  readonly pending?: boolean;
}

/** One job of a batch. */
export interface JobInput<Args = unknown> {
  readonly type: string;
  /** As for `enqueue`; no arguments when absent. */
  readonly args?: Args;
  readonly options?: EnqueueOptions;
  /** What its type is defined by (`defineJob`): arguments that do not fit are not sent. */
  readonly definition?: ArgsRule;
  /** A definition is not yet a job: `definition.with(args)` is. */
  readonly with?: never;
}
