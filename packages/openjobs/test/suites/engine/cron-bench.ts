/** Short ways to say things about cron jobs. */
import type { CronRegistration } from "../../../src/core/cron.ts";
import { readCronRegistration } from "../../../src/core/cron-request.ts";
import type { JobRecord } from "../../../src/core/job.ts";
import type { Storage } from "../../../src/storage/storage.ts";
import { START } from "../../core/sample-job.ts";
import { QUEUE } from "./bench.ts";

export const MINUTE = 60_000;
export const CRON = "tick";

/** A cron job that fires every minute, unless its wire form says otherwise. */
export function aCron(fields: Record<string, unknown> = {}): CronRegistration {
  const body = { name: CRON, cron: "* * * * *", type: "tick.run", args: [], options: { queue: QUEUE }, ...fields };
  return readCronRegistration(body, START);
}

/** Its jobs that have not ended, oldest first. */
export async function openJobs(storage: Storage, cron: string = CRON): Promise<readonly JobRecord[]> {
  return storage.jobs.openOfCron(cron, 1_000);
}

/** The states of its open jobs, oldest first. */
export async function openStates(storage: Storage, cron: string = CRON): Promise<readonly string[]> {
  return (await openJobs(storage, cron)).map(({ state }) => state);
}
