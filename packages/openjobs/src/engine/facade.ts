/**
 * What an engine can do: the verbs of ojs-core §7 on any storage. It decides nothing by itself (`core` does) and stores
 * nothing by itself (the storage does); it brings the two together, one commit a group, and knows no HTTP.
 *
 * Every operation rejects with an `OjsError` that is ready for the wire: `not_found`, `conflict`, `duplicate`, and
 * `backend_error` when the storage does not answer or the engine is closing. That one is worth repeating: then nothing
 * of the request happened, or, if the connection broke during the commit, all of it, which the repetition finds out.
 */
import type { Clock } from "../core/clock.ts";
import type { EventEntry, EventFilter } from "../core/events.ts";
import type { Failure } from "../core/failure.ts";
import type { HandedJob } from "../core/handed-job.ts";
import type { JobRecord, JobState, JsonText } from "../core/job.ts";
import type { JobChoice } from "../core/job-choice.ts";
import type { NewJob } from "../core/job-request.ts";
import type { JsonObject } from "../core/json-object.ts";
import type { RetentionTimes } from "../core/retention.ts";
import type { Beat, Fence, Page, PageRequest, QueueRecord, Storage } from "../storage/storage.ts";
import type { AdminEngine } from "./admin-engine.ts";
import type { AgentEngine } from "./agents/agent-engine.ts";
import type { AttestEngine } from "./attest/attest-engine.ts";
import type { BulkEngine } from "./bulk-request.ts";
import type { CompanionEngine } from "./companions/companion-engine.ts";
import type { CronEngine } from "./cron/cron-engine.ts";
import type { Enqueued } from "./enqueued.ts";
import type { LiveEngine, LiveLimits } from "./live/live-engine.ts";
import type { MetricsEngine } from "./metrics/metrics-engine.ts";
import type { Observer } from "./observer.ts";
import type { PoolEngine } from "./pool-engine.ts";
import type { PushEngine } from "./push/push-engine.ts";
import type { QueueConfig } from "./queue-config-view.ts";
import type { RateLimitEngine } from "./rate-limit-engine.ts";
import type { ResultEngine } from "./result-engine.ts";
import type { SchemaEngine } from "./schemas/schema-engine.ts";
import type { SelectionEngine } from "./selection.ts";
import type { WebhookEngine } from "./webhooks/webhook-engine.ts";
import type { WebhookSender } from "./webhooks/webhook-sender.ts";
import type { WorkflowEngine } from "./workflow-request.ts";

export type { Enqueued } from "./enqueued.ts";

/** What an engine is made of. */
export interface EngineOptions {
  /** Opened by `start`, closed by `close`. */
  readonly storage: Storage;
  /** Default: that of the storage, if it has one, else the machine's. */
  readonly clock?: Clock;
  /** A number in [0, 1), for jitter. Default: `Math.random`. */
  readonly random?: () => number;
  /** Enables what the official conformance cases need and nobody else should have (decisions 2.9). */
  readonly testHooks?: boolean;
  /** Name of this server in the `source` of events. Default: a new UUID. */
  readonly instance?: string;
  /** Hears of trouble that no caller can be told about: timers, leases that could not be released. */
  readonly onError?: (error: unknown, context: string) => void;
  /** Hears of everything that is committed. */
  readonly observer?: Observer | undefined;
  /** How long finished jobs are kept. Default: for ever. */
  readonly retention?: RetentionTimes;
  /** Posts events to webhooks. Absent = nobody can subscribe. */
  readonly webhooks?: WebhookSender;
  /** How many may listen to live events, and how much waits for each. */
  readonly live?: LiveLimits;
  /** Units in one commit, default 512. */
  readonly maxGroupUnits?: number;
}

/** What a worker wants. */
export interface FetchRequest {
  /** Searched from left to right. */
  readonly queues: readonly string[];
  readonly count: number;
  readonly workerId: string | null;
  /** Lease length for jobs that brought none; null = the server's default. */
  readonly visibilityMs: number | null;
  /** How long to wait for a job if there is none; 0 = not at all. */
  readonly waitMs: number;
  /** Which jobs it takes; absent = every job. A choosy fetch looks at what waits, and while it waits it looks again now and then. */
  readonly choice?: JobChoice;
  /** Aborted when nobody waits for the answer any more: from then on nothing is claimed, or it is given back. */
  readonly signal?: AbortSignal;
}

/** A successful outcome. */
export interface AckRequest {
  readonly jobId: string;
  readonly fence: Fence;
  readonly result: JsonText | null;
}

/** The end of a job as an ack's answer tells it. */
export interface AckOutcome {
  readonly id: string;
  readonly type: string;
  readonly queue: string;
  readonly state: "completed";
  readonly attempt: number;
  /** Unix milliseconds. */
  readonly completedAt: number;
}

/** Why one ack among others was not accepted. */
export interface AckRefused {
  readonly error: unknown;
}

/** What became of one ack among others. */
export type AckResult = AckOutcome | AckRefused;

/** A failed attempt, or with `requeue` a job that is handed back without one. */
export interface NackRequest {
  readonly jobId: string;
  readonly fence: Fence;
  readonly failure: Failure;
  readonly requeue: boolean;
}

/** What a worker learns from its heartbeat (worker-protocol §4). */
export interface HeartbeatAnswer {
  /** What the server wants the worker to do. */
  readonly state: "running" | "quiet" | "terminate";
  /** Ids of the jobs whose leases were extended. */
  readonly extended: readonly string[];
  /** Listed jobs that the worker does not hold any more. */
  readonly lost: readonly string[];
  /** The part of `lost` that was cancelled. */
  readonly cancelled: readonly string[];
  /** Unix milliseconds. */
  readonly serverTime: number;
}

/** A job that changed its state by request. */
export interface Moved {
  readonly job: JobRecord;
  readonly previousState: JobState;
}

/** A job whose priority was set by request. */
export interface Reprioritized {
  readonly job: JobRecord;
  readonly previousPriority: number;
}

/** A queue's counters and what happened in it during the last hour (http-binding §11.2). */
export interface QueueStats {
  readonly queue: QueueRecord;
  readonly completedLastHour: number;
  /** Failed attempts. */
  readonly failedLastHour: number;
  /** From claimed to completed; null when nothing was completed. */
  readonly avgDurationMs: number | null;
  /** From available to claimed; null when nothing was claimed. */
  readonly avgWaitMs: number | null;
  /** Completions a second. */
  readonly throughputPerSecond: number;
  /** Unix milliseconds. */
  readonly computedAt: number;
}

/** Which events to list, oldest first. */
export interface EventQuery extends EventFilter {
  /** Id of the last event that the reader knows (the previous answer's `cursor`). */
  readonly after?: string;
  readonly limit: number;
}

/** A part of the event log. */
export interface EventSlice {
  readonly events: readonly EventEntry[];
  /** To go on from; null when there is no event at all. */
  readonly cursor: string | null;
  readonly hasMore: boolean;
  /** True when `after` is not in the log any more: events may be missing between it and the first one here. */
  readonly gap: boolean;
}

/** Whether the storage answers. */
export interface Health {
  readonly ok: boolean;
  readonly latencyMs: number;
  readonly error?: string;
  readonly uptimeMs: number;
}

/** An OJS server without its HTTP edge. All times are Unix milliseconds. */
export interface Engine
  extends AdminEngine,
    AgentEngine,
    AttestEngine,
    BulkEngine,
    CompanionEngine,
    PoolEngine,
    ResultEngine,
    SelectionEngine,
    CronEngine,
    LiveEngine,
    MetricsEngine,
    RateLimitEngine,
    SchemaEngine,
    WebhookEngine,
    PushEngine,
    WorkflowEngine {
  /** Opens the storage, catches up with what became due meanwhile and starts the timer. Rejects as `Storage.open`. */
  start(): Promise<void>;
  /** Answers waiting fetches with nothing, refuses new work, finishes what was accepted, closes the storage. */
  close(): Promise<void>;
  /** Time of the engine's clock. */
  now(): number;
  /** A new UUIDv7. */
  newJobId(): string;

  /**
   * Accepts a job (core §7.1). A client that chose the id may repeat the request: the same one is answered with the job
   * as it is now, another one with that id is a `duplicate`. So is a unique job that meets one that counts as the same,
   * unless its policy says otherwise.
   */
  enqueue(job: NewJob): Promise<Enqueued>;
  /** Accepts all jobs or none (http-binding §9.2). An id that appears twice is an `invalid_request`. */
  enqueueBatch(jobs: readonly NewJob[]): Promise<readonly Enqueued[]>;
  /** The job as it is now. If its time has come, it is promoted, expired or reclaimed first. */
  getJob(id: string): Promise<JobRecord>;
  /** Cancels a job that has not ended (core §7.6); `conflict` when it has. */
  cancel(id: string): Promise<Moved>;
  /** Releases a pending job; `conflict` when it is not pending. */
  activate(id: string): Promise<Moved>;

  /** Gives a waiting job another priority (ojs-priority §8.1); `conflict` when it does not wait for its first attempt. */
  setPriority(id: string, priority: number): Promise<Reprioritized>;

  /** Claims jobs (core §7.2). Answers `[]` when there are none, the wait is over or the signal was aborted. */
  fetch(request: FetchRequest): Promise<readonly HandedJob[]>;
  /** Takes back leases whose answer could not be delivered; no attempt is lost. */
  release(jobs: readonly JobRecord[]): Promise<void>;
  /** Completes a job (core §7.3). Repeating it with the lease that completed the job is answered the same. */
  ack(request: AckRequest): Promise<AckOutcome>;
  /** Completes jobs, each for itself, and answers in the order of the requests; never rejects. */
  ackAll(requests: readonly AckRequest[]): Promise<readonly AckResult[]>;
  /** Ends an attempt (core §7.4) and answers the job as it is afterwards. */
  nack(request: NackRequest): Promise<JobRecord>;
  /** Extends the leases of the listed jobs and keeps the worker registered (core §7.5). */
  heartbeat(beat: Beat): Promise<HeartbeatAnswer>;

  /** Dead letters, the most recently ended first. */
  listDeadLetters(filter: { readonly queue?: string }, page: PageRequest): Promise<Page<JobRecord>>;
  /** A dead letter; `not_found` when the job is no dead letter. */
  getDeadLetter(id: string): Promise<JobRecord>;
  /** Brings a dead letter back with a fresh set of attempts; `not_found` when the job is no dead letter. */
  retryDeadLetter(id: string): Promise<JobRecord>;
  /** Removes a dead letter for good; `not_found` when the job is no dead letter. */
  deleteDeadLetter(id: string): Promise<void>;

  /** Queues by name. */
  listQueues(page: PageRequest): Promise<Page<QueueRecord>>;
  /** `not_found` for a queue that nobody has used. */
  queueStats(name: string): Promise<QueueStats>;
  /** Stops handing out the queue's jobs; enqueuing goes on. Creates the queue if need be. */
  pauseQueue(name: string): Promise<QueueRecord>;
  /** Hands out the queue's jobs again. Creates the queue if need be. */
  resumeQueue(name: string): Promise<QueueRecord>;

  /** The settings of a queue, which need not exist, or of the policy `_default` (ojs-queue-config §7.1). */
  getQueueConfig(name: string): Promise<QueueConfig>;
  /**
   * Changes settings: members that are named replace those that were there, null removes one, the others stay. They apply
   * to jobs that come after. Refuses nonsense as `invalid_request`, and changes nothing then.
   */
  changeQueueConfig(name: string, change: JsonObject): Promise<QueueConfig>;

  /** Reads the log of the last 10,000 events of this server. */
  listEvents(query: EventQuery): EventSlice;
  /** Asks the storage for a sign of life; never rejects. */
  health(): Promise<Health>;
}
