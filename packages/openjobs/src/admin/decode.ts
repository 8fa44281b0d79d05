/** What operators are shown (ojs-admin-api §6–§11, ojs-rate-limiting §10), as a client sees it. What a server does not say is absent or 0. */
import { objectAt, readObject } from "../core/codec/answer-shape.ts";
import { decodeJob, type Job } from "../core/codec/job-decode.ts";
import { decodePage, type Page } from "../core/codec/page-decode.ts";
import { integer, present, strings, text } from "../core/codec/wire-values.ts";
import { JOB_STATES, type JobState } from "../core/job.ts";
import { isMembers, type Members } from "../core/request-fields.ts";

/** How many jobs are in which state. */
export type JobCounts = Readonly<Record<JobState, number>>;

/** Everything in sum. */
export interface ServerStats {
  readonly queues: number;
  readonly workers: number;
  readonly jobs: JobCounts;
  /** How many of the discarded jobs are in the dead letter queue. */
  readonly deadLetters: number;
  readonly processedPerMinute: number;
  /** Failed attempts. */
  readonly failedPerMinute: number;
  readonly uptimeSeconds?: number;
}

/** A worker, as its heartbeats tell. */
export interface WorkerInfo {
  readonly id: string;
  /** `running`, `quiet`, `terminate`, or `stale` once it is silent. */
  readonly state: string;
  readonly queues: readonly string[];
  readonly labels: readonly string[];
  /** How many jobs it holds. */
  readonly activeJobs: number;
  readonly concurrency?: number;
  readonly hostname?: string;
  readonly pid?: number;
  /** RFC 3339. */
  readonly startedAt?: string;
  /** RFC 3339. */
  readonly lastHeartbeatAt?: string;
}

/** A worker and what it holds. */
export interface WorkerDetail extends WorkerInfo {
  readonly jobs: readonly Job[];
}

/** A page of workers. */
export interface WorkerPage extends Page<WorkerInfo> {
  /** How many workers are in which state: `total`, `running`, `stale`, … */
  readonly summary: Readonly<Record<string, number>>;
}

/** The dead letter queue in numbers. */
export interface DeadLetterStats {
  readonly total: number;
  /** When the last of them came, RFC 3339. */
  readonly newestAt?: string;
}

/** What the jobs under one key of a rate limit do. */
export interface RateLimitInfo {
  readonly key: string;
  /** Jobs that run. */
  readonly active: number;
  /** Jobs that wait, or at least so many. */
  readonly waiting: number;
  /** Most that may run at a time. */
  readonly concurrency?: number;
  /** Starts in a window, and how many there were in this one. */
  readonly rate?: {
    readonly limit: number;
    readonly period: string;
    readonly count: number;
    readonly resetsAt?: string;
  };
  /** Starts at an even pace, and when the next may be. */
  readonly throttle?: { readonly limit: number; readonly period: string; readonly nextAllowedAt?: string };
}

/** Reads the sums. Throws a plain Error when there are none. */
export function decodeServerStats(answer: unknown): ServerStats {
  const stats = readObject(answer, "the answer");
  const { jobs, throughput } = { jobs: objectAt(stats, "jobs"), throughput: objectAt(stats, "throughput") };
  return present<ServerStats>({
    queues: integer(stats.queues) ?? 0,
    workers: integer(stats.workers) ?? 0,
    jobs: countsOf(jobs),
    deadLetters: integer(jobs.dead_letter) ?? 0,
    processedPerMinute: numberOf(throughput.processed_per_minute),
    failedPerMinute: numberOf(throughput.failed_per_minute),
    uptimeSeconds: integer(stats.uptime_seconds),
  });
}

/** Reads the jobs of a tenant by state. Throws a plain Error when there are none. */
export function decodeTenantCounts(answer: unknown): JobCounts {
  return countsOf(objectAt(readObject(answer, "the answer"), "jobs"));
}

/** Reads a page of workers. Throws a plain Error when it is none. */
export function decodeWorkerPage(answer: unknown): WorkerPage {
  const summary = Object.entries(objectAt(readObject(answer, "the answer"), "summary"));
  const counts = summary.filter((entry): entry is [string, number] => typeof entry[1] === "number");
  return { ...decodePage(answer, "items", decodeWorker), summary: Object.fromEntries(counts) };
}

/** Reads a worker and its jobs. Throws a plain Error when it is none. */
export function decodeWorkerDetail(answer: unknown): WorkerDetail {
  const { jobs } = readObject(answer, "the worker");
  return { ...decodeWorker(answer), jobs: (Array.isArray(jobs) ? jobs : []).map(decodeJob) };
}

function decodeWorker(wire: unknown): WorkerInfo {
  const worker = readObject(wire, "the worker");
  const id = text(worker.id) ?? text(worker.worker_id);
  if (id === undefined) throw new Error("the worker has no id");
  return present<WorkerInfo>({
    id,
    state: text(worker.state) ?? "running",
    queues: strings(worker.queues) ?? [],
    labels: strings(worker.labels) ?? [],
    activeJobs: integer(worker.active_jobs) ?? 0,
    concurrency: integer(worker.concurrency),
    hostname: text(worker.hostname),
    pid: integer(worker.pid),
    startedAt: text(worker.started_at),
    lastHeartbeatAt: text(worker.last_heartbeat_at),
  });
}

/** Reads the numbers of the dead letter queue. Throws a plain Error when there are none. */
export function decodeDeadLetterStats(answer: unknown): DeadLetterStats {
  const stats = readObject(answer, "the answer");
  return present<DeadLetterStats>({ total: integer(stats.total) ?? 0, newestAt: text(stats.newest_at) });
}

/** Reads how many jobs a purge has removed. Throws a plain Error when it does not say. */
export function decodePurged(answer: unknown): number {
  const count = integer(readObject(answer, "the answer").purged_count);
  if (count === undefined) throw new Error("the answer does not say how many were removed");
  return count;
}

/** Reads the state of a limit. Throws a plain Error when it is none. */
export function decodeRateLimit(answer: unknown, key: string): RateLimitInfo {
  const limit = readObject(answer, "the answer");
  const { rate, throttle } = limit;
  return present<RateLimitInfo>({
    key: text(limit.key) ?? key,
    active: integer(limit.active) ?? 0,
    waiting: integer(limit.waiting_count) ?? 0,
    concurrency: integer(objectAt(limit, "concurrency").limit) ?? integer(objectAt(limit, "concurrency").max),
    rate: isMembers(rate)
      ? present({ ...paceOf(rate), count: integer(rate.current_count) ?? 0, resetsAt: text(rate.window_resets_at) })
      : undefined,
    throttle: isMembers(throttle)
      ? present({ ...paceOf(throttle), nextAllowedAt: text(throttle.next_allowed_at) })
      : undefined,
  });
}

function paceOf(pace: Members): { readonly limit: number; readonly period: string } {
  return { limit: integer(pace.limit) ?? 0, period: text(pace.period) ?? "" };
}

function countsOf(members: Members): JobCounts {
  // Every state of the list gets its number, which is what the record's type says.
  return Object.fromEntries(JOB_STATES.map((state) => [state, integer(members[state]) ?? 0])) as JobCounts;
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
