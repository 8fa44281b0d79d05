/**
 * The storage port: what an engine needs from a store, and nothing that a store would have to decide.
 *
 * The engine reads, lets `core` decide, and hands over a {@link Group}. Everything in a group is made durable by one
 * commit, but its entries are strangers to each other: one that fails leaves the others untouched, and its failure is a
 * value in the outcome, never an exception. Only trouble of the store itself rejects `commit`, and then nothing of the
 * group happened; or nobody knows, if the trouble came while it was made durable. Reads show nothing that is not durable yet.
 * Internal: no semver promise.
 */
import type { Fence } from "../core/fence.ts";
import type { JobChange, JobRecord } from "../core/job.ts";
import type { Transition } from "../core/lifecycle/transition.ts";
import type { UniqueGuard } from "../core/unique-guard.ts";
import type { AnswerQueries, KeepAnswer } from "./answers.ts";
import type { TenantQueries } from "./claimable.ts";
import type { KeyRecord } from "./key-record.ts";
import type { Page, PageRequest } from "./page.ts";
import type { QueueQueries } from "./queues.ts";
import type { PutRecord, RecordQueries, RemoveRecord, StoredRecord } from "./records.ts";
import type { Signals } from "./signals.ts";
import type { Upkeep } from "./upkeep.ts";
import type { JobWalk } from "./walk.ts";
import type { WorkerQueries, WorkerRecord } from "./workers.ts";
import type { WorkflowEffect, WorkflowNews, WorkflowQueries } from "./workflows.ts";

export type { Fence } from "../core/fence.ts";
export type { Page, PageRequest } from "./page.ts";
export type { QueueActivity, QueueQueries, QueueRecord, QueueTotals } from "./queues.ts";
export type { WorkerCensus, WorkerQueries, WorkerRecord } from "./workers.ts";

/** Facts about a driver that its users above the port may need. */
export interface StorageTraits {
  /** Driver name as the manifest shows it: `memory`, `sqlite`, `postgres`, `redis`. */
  readonly name: string;
  /**
   * True when `commit` has done all its work before it returns its promise, which may then wait for the disk: a second group
   * beside it would gain nothing.
   */
  readonly synchronous: boolean;
  /** What a resolved commit survives: `none` (process exit loses it), `process` (power cut may lose it), `power`. */
  readonly durability: "none" | "process" | "power";
}

/**
 * The plain way to finish a job: active → completed without reading it first. Not for jobs whose end others may wait for:
 * members of workflows and jobs of cron jobs stay untouched.
 */
export interface Completion {
  readonly id: string;
  readonly fence: Fence;
  readonly result: string | null;
}

/** What the engine needs to know of a job that was just completed; `meta` for the trace id in its event. */
export type CompletedJob = Pick<
  JobRecord,
  "id" | "type" | "queue" | "attempt" | "lease" | "workerId" | "startedAt" | "meta"
>;

/**
 * Claim up to `limit` jobs, queue by queue from left to right, each by priority, availableAt, seq.
 *
 * Jobs with a `lane` are under its limits (`limitOfLane`), and a claim passes them over while `permitsOf` leaves no permit; jobs
 * behind them are claimed instead. What a key uses is exact, for one commit after another, across all queues and lanes: how
 * many jobs with it are active, by whichever way they became so or ceased to be, and what `withStart` made of every claim
 * for which `countsStarts` holds, which is as durable as the claim. A job without a lane costs nothing for it, and those
 * that are passed over cost nothing either, however many they are: a lane is found closed once, not job by job. `LaneBoard`
 * does all of this for stores of one process.
 */
export interface Claim {
  readonly queues: readonly string[];
  readonly limit: number;
  readonly workerId: string | null;
  /** Lease length for jobs that brought no visibility timeout of their own. */
  readonly leaseMs: number;
  /** Execution timeout for jobs that brought none. */
  readonly timeoutMs: number;
  /** Only these jobs, in this order, as far as they are in the queues and can be claimed; absent = all jobs, in theirs. */
  readonly only?: readonly string[];
}

/** A worker's heartbeat: extends exactly the listed jobs and refreshes the worker's registration. */
export interface Beat {
  readonly worker: WorkerRecord;
  /** Jobs to extend; `lease`, when known, fences the extension. */
  readonly jobs: readonly { readonly id: string; readonly lease?: number }[];
  /** Lease length asked for; absent = each job's own. */
  readonly visibilityMs?: number;
  /** True when the worker says goodbye: its registration is removed instead of refreshed. */
  readonly leaving: boolean;
}

/** What became of the jobs of a {@link Beat}, each list in the order of the request. */
export interface BeatOutcome {
  readonly extended: readonly JobRecord[];
  /** No longer held by this worker (completed, reclaimed, unknown …). */
  readonly lost: readonly string[];
  /** The part of `lost` that was cancelled. */
  readonly cancelled: readonly string[];
}

/** One write. Each carries its guard: the unit fails as a whole when the guard of any of its effects fails. */
export type Effect =
  /**
   * Guard: no job has this id, and if the job is to be `unique`, none is in its way at the group's time; the id is looked
   * at first. Stored under the next `seq` and at revision 1; creates the queue if need be.
   */
  | { readonly kind: "insert"; readonly job: JobRecord; readonly unique?: UniqueGuard }
  /**
   * Guard: the job is still at `before.revision`. `before` is the whole job as it was at that revision, so a driver may
   * count by it. `failure` marks the end of a failed attempt for the statistics.
   */
  | {
      readonly kind: "update";
      readonly before: JobRecord;
      readonly change: JobChange;
      readonly failure?: boolean;
      /** The move that it is, for those who tell of it; stores have no use for it. */
      readonly move?: Pick<Transition, "events" | "error">;
    }
  /** Guard and `before` as for an update. */
  | { readonly kind: "remove"; readonly before: JobRecord }
  /** No guard: creates the queue if need be. */
  | { readonly kind: "pause"; readonly queue: string; readonly paused: boolean }
  /** Guard: the worker has not beaten since `lastBeatAt`. */
  | { readonly kind: "forget-worker"; readonly id: string; readonly lastBeatAt: number }
  | KeepAnswer
  | PutRecord
  | RemoveRecord
  | WorkflowEffect;

/** One caller's change: all of its effects happen, or none. */
export interface Unit {
  readonly effects: readonly Effect[];
}

/**
 * Why a unit did not happen: `exists` (insert, keep-answer, put-record of a new one, insert-workflow), `conflict` (insert of a
 * unique job), `changed` or `missing` (update, remove, forget-worker, put-record, remove-record, cancel-workflow,
 * resume-workflow).
 */
export interface UnitRefused {
  readonly ok: false;
  readonly reason: "exists" | "conflict" | "changed" | "missing";
  /**
   * The job, worker, answer, record or workflow (`kind:id`) whose guard failed, of the first such effect; for a `conflict`
   * the job in the way, the one created last if there are several (of those, the last inserted).
   */
  readonly id: string;
}

/** Whether a unit happened. */
export type UnitOutcome = { readonly ok: true } | UnitRefused;

/** Everything one commit carries, applied in this order: completions, beats, units, claims, outbox. */
export interface Group {
  /** The engine's time, Unix milliseconds. */
  readonly now: number;
  readonly completions: readonly Completion[];
  readonly beats: readonly Beat[];
  readonly units: readonly Unit[];
  readonly claims: readonly Claim[];
  /** A hint: nobody came while the group before was under way, so it may be best to be quick rather than out of the way. */
  readonly alone?: boolean;
  /**
   * Asked once all of the group has happened, before it is made durable: new records that are stored in the same commit.
   * Absent = there are none. Asked again if the store has to begin anew; what it throws undoes the group.
   */
  readonly outbox?: (outcome: GroupOutcome) => readonly StoredRecord[];
}

/** When work of a queue that waits for its limits may be claimed. */
export interface Opening {
  readonly queue: string;
  /** At the group's time: at once. Null: no moment is known, it takes the end of a running job. Unix milliseconds. */
  readonly at: number | null;
}

/** Outcomes, index by index those of the {@link Group}. */
export interface GroupOutcome {
  /** null = untouched: not active, fence broken, unknown, or others may wait for its end. */
  readonly completions: readonly (CompletedJob | null)[];
  readonly beats: readonly BeatOutcome[];
  readonly units: readonly UnitOutcome[];
  /** The claimed jobs as they are after the claim. */
  readonly claims: readonly (readonly JobRecord[])[];
  /** Absent when nothing happened to workflows. */
  readonly workflows?: WorkflowNews;
  /**
   * One for each queue in which a claim of the group met jobs in lanes, or jobs in lanes were given a permit back that they had
   * been waiting for; as it is after the group. May be too early, never too late. Absent when there is none.
   */
  readonly openings?: readonly Opening[] | undefined;
}

/** Read access to jobs. */
export interface JobQueries extends JobWalk, TenantQueries {
  /** The jobs in the order of the ids; undefined where there is none. */
  get(ids: readonly string[]): Promise<readonly (JobRecord | undefined)[]>;
  /** Jobs whose `dueAt` is at or before `now`, soonest first. */
  due(now: number, limit: number): Promise<readonly JobRecord[]>;
  /** The soonest `dueAt` of all. */
  nextDue(): Promise<number | undefined>;
  /**
   * For each guard the jobs that are in the way at `now`, the last created first (of those, the last inserted); older
   * ones than `limit` are left out.
   */
  inTheWay(guards: readonly UniqueGuard[], now: number, limit: number): Promise<readonly (readonly JobRecord[])[]>;
  /** Active jobs claimed by this worker. */
  leasedBy(workerId: string): Promise<readonly JobRecord[]>;
  /** Jobs of this cron job that have not ended, in the order of their insertion. */
  openOfCron(cron: string, limit: number): Promise<readonly JobRecord[]>;
  /** What jobs with this key of a rate limit do; of those that are available up to `limit` are counted. */
  underKey(key: string, limit: number): Promise<KeyRecord>;
  /** Dead letters, the most recently ended first. */
  deadLetters(filter: { readonly queue?: string }, page: PageRequest): Promise<Page<JobRecord>>;
}

/** A store. Drivers are lowercase factories: `memory()`, `sqlite(file)`. */
export interface Storage {
  readonly traits: StorageTraits;
  readonly jobs: JobQueries;
  readonly queues: QueueQueries;
  readonly workers: WorkerQueries;
  readonly answers: AnswerQueries;
  readonly records: RecordQueries;
  readonly workflows: WorkflowQueries;
  readonly upkeep: Upkeep;
  /** Only of stores that several servers use at the same time. */
  readonly signals?: Signals;
  /**
   * The store's own time, Unix milliseconds, for the same stores: leases and due times are compared with one clock, whatever
   * those of the servers say. Never goes back. Before `open` it is this machine's.
   */
  readonly clock?: { now(): number };
  /** Connects, locks, migrates. Throws an error that says what to do when the store cannot be used. */
  open(): Promise<void>;
  /** See {@link Group}. */
  commit(group: Group): Promise<GroupOutcome>;
  /** Rejects when the store does not answer. */
  ping(): Promise<void>;
  /** Releases everything; idempotent. Reads and commits after it reject. */
  close(): Promise<void>;
}
