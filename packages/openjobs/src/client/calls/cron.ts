/** Calls about recurring jobs (ojs-cron §8, ojs-http-binding §13). */
import { type CronJob, type CronRun, decodeCronJob, decodeCronRuns } from "../../core/codec/cron-decode.ts";
import type { CronJobChanges, CronJobInput } from "../../core/codec/cron-definition.ts";
import { encodeCronJob, encodeCronJobChanges } from "../../core/codec/cron-encode.ts";
import { decodeJob, type Job } from "../../core/codec/job-decode.ts";
import { decodePage, type Page, type PageOptions } from "../../core/codec/page-decode.ts";
import { apiPath, type Call, queryString } from "../call.ts";

/** Which recurring jobs, and which page of them. */
export interface CronJobQuery extends PageOptions {
  /** Only those that run, or only those that do not. */
  readonly enabled?: boolean;
}

/** Repeatable: registering the same again changes nothing (ojs-cron §8.1). */
export function registerCronJobCall(job: CronJobInput): Call<CronJob> {
  return {
    operation: "registerCronJob",
    method: "POST",
    path: apiPath("cron"),
    body: encodeCronJob(job),
    repeatable: true,
    decode: decodeCronJob,
  };
}

export function listCronJobsCall({ enabled, limit, cursor, offset }: CronJobQuery): Call<Page<CronJob>> {
  const query = { enabled: enabled === undefined ? undefined : String(enabled), limit, cursor, offset };
  return {
    operation: "listCronJobs",
    method: "GET",
    path: apiPath("cron") + queryString(query),
    repeatable: true,
    decode: (answer) => decodePage(answer, "cron_jobs", decodeCronJob),
  };
}

export function getCronJobCall(name: string): Call<CronJob> {
  return {
    operation: "getCronJob",
    method: "GET",
    path: apiPath("cron", name),
    repeatable: true,
    decode: decodeCronJob,
  };
}

/** @param limit How many of the latest runs; undefined = all that the server remembers. */
export function listCronRunsCall(name: string, limit: number | undefined): Call<readonly CronRun[]> {
  return {
    operation: "listCronRuns",
    method: "GET",
    path: apiPath("cron", name, "history") + queryString({ limit }),
    repeatable: true,
    decode: decodeCronRuns,
  };
}

/** The changes say what is to be, so making them twice is the same as once. */
export function updateCronJobCall(operation: string, name: string, changes: CronJobChanges): Call<CronJob> {
  return {
    operation,
    method: "PATCH",
    path: apiPath("cron", name),
    body: encodeCronJobChanges(changes),
    repeatable: true,
    decode: decodeCronJob,
  };
}

/** Not repeatable: each request is a run. */
export function triggerCronJobCall(name: string): Call<Job> {
  return {
    operation: "triggerCronJob",
    method: "POST",
    path: apiPath("cron", name, "trigger"),
    repeatable: false,
    decode: decodeJob,
  };
}

export function deleteCronJobCall(name: string): Call<void> {
  return {
    operation: "deleteCronJob",
    method: "DELETE",
    path: apiPath("cron", name),
    repeatable: true,
    decode: () => undefined,
  };
}
