/** What an engine can do about cron jobs (ojs-cron §8). */
import type { CronChange, CronJob, CronRegistration } from "../../core/cron.ts";
import type { JobRecord } from "../../core/job.ts";
import type { Page, PageRequest } from "../../storage/storage.ts";

/** A cron job that was registered; `created` is false when there was one of that name. */
export interface RegisteredCron {
  readonly cron: CronJob;
  readonly created: boolean;
}

/** A run that somebody asked for. */
export interface TriggeredCron {
  readonly cron: CronJob;
  readonly job: JobRecord;
}

/** The operations on cron jobs. */
export interface CronEngine {
  /** Registers a cron job, or brings the one of that name to these terms. `invalid_request` when it never fires. */
  registerCron(registration: CronRegistration): Promise<RegisteredCron>;
  /** `not_found` when there is none. */
  getCron(name: string): Promise<CronJob>;
  /** By name. */
  listCrons(filter: { readonly enabled?: boolean }, page: PageRequest): Promise<Page<CronJob>>;
  /** Changes some of its terms; `not_found` when there is none. */
  changeCron(name: string, change: CronChange): Promise<CronJob>;
  /** Removes it, and answers what it was; its jobs stay. `not_found` when there is none. */
  removeCron(name: string): Promise<CronJob>;
  /** Makes a run now; `not_found` when there is none, `conflict` when its overlap policy forbids it. */
  triggerCron(name: string): Promise<TriggeredCron>;
}
