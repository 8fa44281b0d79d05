/** Jobs on their way in: what a client makes of any OJS server's answer (ojs-core §5). */
import { isExtension } from "../attribute-names.ts";
import { ojsError } from "../errors.ts";
import type { JobState } from "../job.ts";
import { isMembers, type Members } from "../request-fields.ts";
import { DEFAULT_RETRY, type RetryPolicy, readRetryPolicy } from "../retry.ts";
import { decodeJobError, type JobError } from "./job-error.ts";
import { integer, list, present, strings, text } from "./wire-values.ts";

/** A state, or a word that a newer server made up. */
export type JobStateWord = JobState | (string & Record<never, never>);

/** Uniqueness policy of a job (ojs-unique-jobs §2). */
export interface JobUniqueness {
  readonly keys: readonly string[];
  readonly argsKeys?: readonly string[];
  readonly metaKeys?: readonly string[];
  /** ISO 8601 duration. */
  readonly period?: string;
  readonly states?: readonly string[];
  readonly onConflict?: string;
  /** Made by the producer, of what the server cannot read. */
  readonly fingerprint?: string;
}

/** State that a job has left for its next attempt. */
export interface JobCheckpoint {
  readonly state: unknown;
  /** Grows with every checkpoint of the job. */
  readonly sequence: number;
}

/** Members of a job that only some jobs have. */
export interface JobFacts<Result = unknown> {
  readonly startedAt?: string;
  readonly completedAt?: string;
  readonly cancelledAt?: string;
  readonly discardedAt?: string;
  readonly scheduledAt?: string;
  readonly expiresAt?: string;
  /** When the next attempt starts, of a retryable job. */
  readonly nextAttemptAt?: string;
  /** Delay that was chosen for the last retry. */
  readonly retryDelayMs?: number;
  /** Execution timeout. */
  readonly timeoutMs?: number;
  readonly visibilityTimeoutMs?: number;
  readonly gracePeriodMs?: number;
  readonly totalTimeoutMs?: number;
  readonly enqueueTtlMs?: number;
  readonly heartbeatTimeoutMs?: number;
  readonly schema?: string;
  readonly retry?: RetryPolicy;
  readonly unique?: JobUniqueness;
  /** As its producer wrote it, under wire names: there are several spellings (ojs-rate-limiting §6). */
  readonly rateLimit?: Readonly<Record<string, unknown>>;
  /** What the handler returned; absent for null. */
  readonly result?: Result;
  /** The error of the last attempt; absent after a success. */
  readonly error?: JobError;
  /** Fencing number of the last claim, from servers that have one. */
  readonly lease?: number;
  readonly leaseExpiresAt?: string;
  readonly workerId?: string;
  /** Only in answers to a cancellation or activation. */
  readonly previousState?: JobStateWord;
  /** The workflow that it belongs to. */
  readonly workflowId?: string;
  /**
   * Of a job of a workflow: the results of those before it, oldest first; those of a group or batch are an array or an
   * object by index, as the server sends them (ojs-workflows §7).
   */
  readonly parentResults?: readonly unknown[];
  /** What an earlier attempt has left to go on from (ojs-durable-execution §6). */
  readonly checkpoint?: JobCheckpoint;
  /** Only in answers to an enqueue: this job was there before and counts as the same as the new one, which was dropped. */
  readonly deduplicated?: true;
  /** Only in answers to an enqueue: the middleware that dropped the job, which the server has never seen; its state is `dropped`. */
  readonly droppedBy?: string;
}

/**
 * A job as a client sees it. Times are RFC 3339 texts as the server sent them. What `Args` and `Result` say is the
 * caller's promise about its own jobs; nothing checks it.
 */
export interface Job<Args extends readonly unknown[] = readonly unknown[], Result = unknown> extends JobFacts<Result> {
  /** UUIDv7. */
  readonly id: string;
  readonly type: string;
  readonly queue: string;
  readonly state: JobStateWord;
  readonly args: Args;
  readonly meta: Readonly<Record<string, unknown>>;
  /** Higher goes first. */
  readonly priority: number;
  /** 0 before the first attempt (ojs-core §5.3). */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly tags: readonly string[];
  readonly createdAt: string;
  readonly enqueuedAt: string;
  /** Failed attempts, oldest first. */
  readonly errors: readonly JobError[];
  /** Attributes that are not part of the specification, under their wire names. */
  readonly extensions: Readonly<Record<string, unknown>>;
}

/**
 * Reads a job, wrapped in `{"job": …}` or not. Only `id` and `type` have to be there; what is missing or of the wrong kind
 * counts as absent, so that one odd job never spoils the others of a fetch.
 *
 * @throws OjsError `invalid_response` when this is not a job.
 */
export function decodeJob(wire: unknown): Job {
  const job = unwrap(wire);
  const { id, type } = job;
  if (typeof id !== "string" || typeof type !== "string") {
    throw ojsError("invalid_response", "The server's answer is not a job: it has no id and type.");
  }
  const retry = readRetry(job.retry);
  return {
    id,
    type,
    queue: text(job.queue) ?? "default",
    state: text(job.state) ?? "available",
    args: list(job.args) ?? [],
    meta: isMembers(job.meta) ? job.meta : {},
    priority: integer(job.priority) ?? 0,
    attempt: integer(job.attempt) ?? 0,
    maxAttempts: integer(job.max_attempts) ?? (retry ?? DEFAULT_RETRY).maxAttempts,
    tags: strings(job.tags) ?? [],
    createdAt: text(job.created_at) ?? text(job.enqueued_at) ?? "",
    enqueuedAt: text(job.enqueued_at) ?? text(job.created_at) ?? "",
    errors: (list(job.errors) ?? []).flatMap((entry) => decodeJobError(entry) ?? []),
    extensions: extensionsOf(job),
    ...decodeFacts(job, retry),
  };
}

/** In a list a member `job` is somebody's extension, unless it is this very job. */
function unwrap(wire: unknown): Members {
  if (!isMembers(wire)) return {};
  const { job, id } = wire;
  return isMembers(job) && typeof job.id === "string" && (id === undefined || id === job.id) ? job : wire;
}

/** Reads what only some jobs have. */
export function decodeFacts(job: Members, retry: RetryPolicy | undefined): JobFacts {
  return present<JobFacts>({
    startedAt: text(job.started_at),
    completedAt: text(job.completed_at),
    cancelledAt: text(job.cancelled_at),
    discardedAt: text(job.discarded_at),
    scheduledAt: text(job.scheduled_at),
    expiresAt: text(job.expires_at),
    nextAttemptAt: text(job.next_attempt_at) ?? text(job.next_retry_at),
    retryDelayMs: integer(job.retry_delay_ms),
    timeoutMs: milliseconds(job.timeout_ms, job.timeout),
    visibilityTimeoutMs: milliseconds(job.visibility_timeout_ms, job.visibility_timeout),
    gracePeriodMs: milliseconds(job.grace_period_ms, job.grace_period),
    totalTimeoutMs: milliseconds(job.total_timeout_ms, job.total_timeout),
    enqueueTtlMs: milliseconds(job.enqueue_ttl_ms, job.enqueue_ttl),
    heartbeatTimeoutMs: milliseconds(job.heartbeat_timeout_ms, job.heartbeat_timeout),
    schema: text(job.schema),
    retry,
    unique: decodeUnique(job.unique),
    rateLimit: isMembers(job.rate_limit) ? job.rate_limit : undefined,
    result: job.result ?? undefined,
    error: decodeJobError(job.error),
    lease: integer(job.lease),
    leaseExpiresAt: text(job.lease_expires_at),
    workerId: text(job.worker_id),
    previousState: text(job.previous_state),
    workflowId: text(job.workflow_id) ?? (isMembers(job.meta) ? text(job.meta.workflow_id) : undefined),
    parentResults: decodeParentResults(job.parent_results),
    checkpoint: decodeCheckpoint(job.checkpoint),
    deduplicated: job.deduplicated === true ? true : undefined,
  });
}

function decodeCheckpoint(checkpoint: unknown): JobCheckpoint | undefined {
  if (!isMembers(checkpoint) || checkpoint.state === undefined) return undefined;
  return { state: checkpoint.state, sequence: integer(checkpoint.sequence) ?? 0 };
}

/** The official cases have an array, ojs-workflows §7 an object with the indexes as names, which come in their order. */
function decodeParentResults(results: unknown): readonly unknown[] | undefined {
  return isMembers(results) ? Object.values(results) : list(results);
}

/** Milliseconds as in http-binding §7, else seconds as in core §5.2. */
function milliseconds(ms: unknown, seconds: unknown): number | undefined {
  const whole = integer(seconds);
  return integer(ms) ?? (whole === undefined ? undefined : whole * 1_000);
}

/** Reads a retry policy; undefined when there is none that we understand. */
export function readRetry(policy: unknown): RetryPolicy | undefined {
  if (!isMembers(policy)) return undefined;
  try {
    return readRetryPolicy(policy, "retry");
  } catch {
    // Another server's policy that we do not understand is that server's business.
    return undefined;
  }
}

/** Reads a uniqueness policy; undefined when there is none. */
export function decodeUnique(policy: unknown): JobUniqueness | undefined {
  if (!isMembers(policy)) return undefined;
  const optional = present<Omit<JobUniqueness, "keys">>({
    argsKeys: strings(policy.args_keys),
    metaKeys: strings(policy.meta_keys),
    period: text(policy.period),
    states: strings(policy.states),
    onConflict: text(policy.on_conflict),
    fingerprint: text(policy.fingerprint),
  });
  return { keys: strings(policy.keys) ?? ["type"], ...optional };
}

const NO_EXTENSIONS: Members = Object.freeze({});

function extensionsOf(job: Members): Members {
  const names = Object.keys(job).filter((name) => name === "options" || isExtension(name));
  // Nearly all jobs have none. `fromEntries` defines its keys: `__proto__` stays a key.
  return names.length === 0 ? NO_EXTENSIONS : Object.fromEntries(names.map((name) => [name, job[name]]));
}
