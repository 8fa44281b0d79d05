/** Between a cron job and the record that keeps it. */
import type { CronJob } from "../../core/cron.ts";
import { stringifyJson } from "../../core/json.ts";
import type { PutRecord, StoredRecord } from "../../storage/records.ts";

/** The kind of record that cron jobs are. */
export const CRON_KIND = "cron";

/** A cron job, and the revision that it was read at. */
export interface StoredCron {
  readonly cron: CronJob;
  readonly revision: string;
}

/** What a refused unit calls this cron job. */
export function cronRecordName(name: string): string {
  return `${CRON_KIND}:${name}`;
}

/** Reads a record that {@link putCron} wrote. */
export function readCron({ body, revision }: StoredRecord): StoredCron {
  return { cron: JSON.parse(body) as CronJob, revision };
}

/**
 * Stores a cron job.
 *
 * @param before The revision that it replaces; null = there is none.
 * @param revision A new name for this version of it.
 */
export function putCron(cron: CronJob, before: string | null, revision: string): PutRecord {
  const record = { kind: CRON_KIND, id: cron.name, revision, dueAt: dueAtOf(cron), body: stringifyJson(cron) };
  return { kind: "put-record", record, before };
}

/** When the engine has to look at a cron job; null = never, because it is disabled. */
export function dueAtOf({ nextRunAt, gap }: Pick<CronJob, "nextRunAt" | "gap">): number | null {
  return gap === null || nextRunAt === null ? nextRunAt : Math.min(gap.at, nextRunAt);
}
