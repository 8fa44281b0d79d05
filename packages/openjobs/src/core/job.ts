/**
 * The job as the server keeps it (ojs-core §5, §6.1).
 *
 * Payloads stay JSON *text* from the request to the answer: nobody on the way can reorder, round or
 * re-escape them, and an answer is spliced together instead of being serialised again.
 */

/** The eight lifecycle states, in the spec's order (ojs-core §6.1). */
export const JOB_STATES = [
  "scheduled",
  "available",
  "pending",
  "active",
  "completed",
  "retryable",
  "cancelled",
  "discarded",
] as const;

/** One of the eight lifecycle states (ojs-core §6.1). */
export type JobState = (typeof JOB_STATES)[number];

/** A string that holds one well-formed JSON value. */
export type JsonText = string;

/** What a producer decided about a job; never changes after the insert. All times are Unix milliseconds. */
export interface JobRequest {
  /** UUIDv7, lower case. */
  readonly id: string;
  readonly type: string;
  readonly queue: string;
  /** JSON array text. */
  readonly args: JsonText;
  /** JSON object text, `{}` when the producer sent none. */
  readonly meta: JsonText;
  /**
   * JSON object text with every other attribute under its wire name (retry, unique, tags, schema, timeout_ms,
   * scheduled_at, expires_at, unknown ones …), ready to be spliced into an answer. `{}` when there is none.
   */
  readonly attributes: JsonText;
  /** Fingerprint of the request that brought a client-chosen id; tells a replay from a clash. */
  readonly digest: string | null;
  /** What the job has in common with those that count as the same, as a SHA-256 (ojs-unique-jobs §4); null = nothing. */
  readonly fingerprint: string | null;
  readonly maxAttempts: number;
  /** Execution timeout and grace period; null = the server's default. */
  readonly timeoutMs: number | null;
  /** How long a running job may be silent once it has beaten; null = as long as its worker may (ojs-timeouts §5.5). */
  readonly heartbeatMs: number | null;
  /** Visibility timeout asked for by the producer; null = the fetch's or the server's default. */
  readonly visibilityMs: number | null;
  readonly expiresAt: number | null;
  readonly createdAt: number;
  /** The cron job that made it; null = somebody enqueued it. */
  readonly cron: string | null;
  /**
   * The line of its queue in which it waits, which says what limits it is under (`laneOf`); null = it is under none, as nearly
   * all jobs, and waits in the plain line.
   */
  readonly lane: JsonText | null;
  /** The workflow that the job is a member of, and its step there (ojs-workflows); null for all other jobs. */
  readonly workflowId: string | null;
  readonly workflowStep: number | null;
}

/** What the lifecycle changes. All times are Unix milliseconds. */
export interface JobProgress {
  readonly state: JobState;
  readonly priority: number;
  /** Sort key inside a priority, and the moment a scheduled or retryable job is due. */
  readonly availableAt: number;
  /** When a timer has to look at this job next (promotion, expiry, lease end, timeout); null = never. */
  readonly dueAt: number | null;
  readonly enqueuedAt: number;
  readonly startedAt: number | null;
  /** When the job reached its terminal state. */
  readonly endedAt: number | null;
  /** Claims so far; grows only on claim, back to 0 on an operator's retry. */
  readonly attempt: number;
  /** Claims that were handed back (shutdown, requeue) and do not count towards `maxAttempts`. */
  readonly returned: number;
  /** Lease expiries in a row. */
  readonly expiries: number;
  /** Fencing number of the last claim; never repeats for a job. 0 = never claimed. */
  readonly lease: number;
  readonly workerId: string | null;
  /** Length of the current lease, the amount a heartbeat extends it by. */
  readonly leaseMs: number | null;
  readonly leaseUntil: number | null;
  /** When the current execution exceeds its timeout; heartbeats do not move it. */
  readonly timeoutAt: number | null;
  /** When a running job counts as stalled; null while it has not beaten, or when it named no heartbeat timeout. */
  readonly stallAt: number | null;
  /** The job must have been claimed by then (enqueue TTL); null = whenever. Means nothing after its first claim. */
  readonly startBy: number | null;
  /** The job must have ended by then, whatever its attempts (total timeout); null = whenever. */
  readonly endBy: number | null;
  /** JSON array text of failed attempts, oldest first, bounded. */
  readonly errors: JsonText | null;
  readonly result: JsonText | null;
  /** Delay chosen for the last retry, after jitter. */
  readonly retryDelayMs: number | null;
  /** Whether a discarded job is kept in the dead letter queue. */
  readonly deadLetter: boolean;
  /** Whether the job was discarded because `expires_at` passed. */
  readonly expired: boolean;
}

/** A stored job. */
export interface JobRecord extends JobRequest, JobProgress {
  /** Insertion order, given by the storage; 0 before the insert. */
  readonly seq: number;
  /** Grows with every committed change of this job; the compare-and-set token of {@link JobChange}. */
  readonly revision: number;
}

/** The fields of one transition; absent fields stay as they are. */
export type JobChange = { readonly [K in keyof JobProgress]?: JobProgress[K] };
