/** Calls to the routes for operators (ojs-admin-api §6–§11). */
import { apiPath, type Call, queryString } from "../client/call.ts";
import { encodeTime, refuseUnknown } from "../core/codec/enqueue-options-encode.ts";
import { decodeJob, type Job } from "../core/codec/job-decode.ts";
import { decodePage, type Page, type PageOptions } from "../core/codec/page-decode.ts";
import type { JobState } from "../core/job.ts";
import { stringifyJson } from "../core/json.ts";
import {
  type DeadLetterStats,
  decodeDeadLetterStats,
  decodePurged,
  decodeRateLimit,
  decodeServerStats,
  decodeTenantCounts,
  decodeWorkerDetail,
  decodeWorkerPage,
  type JobCounts,
  type RateLimitInfo,
  type ServerStats,
  type WorkerDetail,
  type WorkerPage,
} from "./decode.ts";

/** Which jobs, and which page of them. A job has to meet all conditions. */
export interface JobQuery {
  readonly queue?: string;
  readonly states?: readonly JobState[];
  /** A type, or what types begin with and a star: `mail.*`. */
  readonly type?: string;
  /** All of these must be among the job's tags. */
  readonly tags?: readonly string[];
  /** Enqueued after this: a Date, or RFC 3339 text with a time zone. */
  readonly since?: Date | string;
  /** Enqueued before this. */
  readonly until?: Date | string;
  /** Jobs on a page: at most 200; the server's default is 50. */
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

/** Which jobs of a queue are removed. */
export interface PurgeOptions {
  /** Default: all three states in which jobs have ended. */
  readonly states?: readonly ("completed" | "cancelled" | "discarded")[];
  /** Only those that ended before this: a Date, or RFC 3339 text with a time zone. */
  readonly endedBefore?: Date | string;
}

const QUERY_NAMES: Readonly<Record<keyof JobQuery, 1>> = {
  queue: 1,
  states: 1,
  type: 1,
  tags: 1,
  since: 1,
  until: 1,
  limit: 1,
  cursor: 1,
};
const PURGE_NAMES: Readonly<Record<keyof PurgeOptions, 1>> = { states: 1, endedBefore: 1 };

/** @throws OjsValidationError for a condition that does not exist: without it there would be more jobs than are meant. */
export function listJobsCall(query: JobQuery): Call<Page<Job>> {
  refuseUnknown(query, QUERY_NAMES, "");
  const { states, since, until, ...rest } = query;
  const times = { since: encodeTime("since", since), until: encodeTime("until", until) };
  const { queue, type, tags, limit, cursor } = rest;
  return {
    operation: "listJobs",
    method: "GET",
    path: apiPath("admin", "jobs") + queryString({ state: states, queue, type, tags, ...times, limit, cursor }),
    repeatable: true,
    decode: (answer) => decodePage(answer, "items", decodeJob),
  };
}

/** Not repeatable: by the second time the job may have run and failed again, and would be retried twice. */
export function retryJobCall(jobId: string): Call<Job> {
  return {
    operation: "retryJob",
    method: "POST",
    path: apiPath("admin", "jobs", jobId, "retry"),
    repeatable: false,
    jobId,
    decode: decodeJob,
  };
}

/**
 * What has been removed stays so; a repetition removes what has ended since, which is what was asked for.
 *
 * @throws As {@link listJobsCall}.
 */
export function purgeQueueCall(name: string, options: PurgeOptions): Call<number> {
  refuseUnknown(options, PURGE_NAMES, "");
  const { states, endedBefore } = options;
  return {
    operation: "purgeQueue",
    method: "DELETE",
    path: apiPath("admin", "queues", name, "jobs"),
    body: stringifyJson({
      states: states ?? ["completed", "cancelled", "discarded"],
      older_than: encodeTime("endedBefore", endedBefore),
      confirm: true,
    }),
    repeatable: true,
    queue: name,
    decode: decodePurged,
  };
}

export function listWorkersCall({ limit, cursor, offset }: PageOptions): Call<WorkerPage> {
  return {
    operation: "listWorkers",
    method: "GET",
    path: apiPath("admin", "workers") + queryString({ limit, cursor, offset }),
    repeatable: true,
    decode: decodeWorkerPage,
  };
}

export function getWorkerCall(id: string): Call<WorkerDetail> {
  return look("getWorker", apiPath("admin", "workers", id), decodeWorkerDetail);
}

export function statsCall(): Call<ServerStats> {
  return look("stats", apiPath("admin", "stats"), decodeServerStats);
}

export function getTenantStatsCall(tenant: string): Call<JobCounts> {
  return look("getTenantStats", apiPath("admin", "tenants", tenant, "stats"), decodeTenantCounts);
}

export function getDeadLetterStatsCall(): Call<DeadLetterStats> {
  return look("getDeadLetterStats", apiPath("admin", "dead-letter", "stats"), decodeDeadLetterStats);
}

export function getRateLimitCall(key: string): Call<RateLimitInfo> {
  return look("getRateLimit", apiPath("rate-limits", key), (answer) => decodeRateLimit(answer, key));
}

function look<T>(operation: string, path: string, decode: (answer: unknown) => T): Call<T> {
  return { operation, method: "GET", path, repeatable: true, decode };
}
