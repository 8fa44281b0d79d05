/** What a producer can say about a recurring job (ojs-cron §2), as the API spells it. */

import type { OverlapPolicy } from "../cron.ts";
import type { ArgsRule } from "../definition/standard-schema.ts";
import type { JobArgs } from "../job-args.ts";
import type { EnqueueOptions } from "./enqueue-options.ts";

export type { OverlapPolicy } from "../cron.ts";

/** Everything that can be said about the jobs of a schedule besides their type and their arguments. */
export type CronJobOptions = Omit<EnqueueOptions, "id" | "pending" | "delay" | "scheduledAt" | "expiresAt">;

/** What can be changed about a recurring job; what is left out stays as it is. */
export interface CronJobChanges<Args extends JobArgs = JobArgs> {
  /**
   * Five fields (minute, hour, day, month, weekday), six with seconds in front, an alias (`@daily`), or `@every 15m`
   * (ojs-cron §3, §4).
   */
  readonly cron?: string;
  /** IANA name such as `Europe/Berlin`, by whose clock the expression is read. Default `UTC`. */
  readonly timezone?: string;
  /** Type of the jobs. */
  readonly type?: string;
  /** As for `enqueue`; no arguments when absent. */
  readonly args?: Args;
  readonly options?: CronJobOptions;
  /** What its type is defined by (`defineJob`): arguments that do not fit are not sent. */
  readonly definition?: ArgsRule;
  /** Default `"skip"`. */
  readonly overlapPolicy?: OverlapPolicy;
  /** Whether it runs. Default: true when it is new, and otherwise as it was. */
  readonly enabled?: boolean;
  /** For people; an empty one is none. */
  readonly description?: string;
}

/** A recurring job. */
export interface CronJobInput<Args extends JobArgs = JobArgs> extends CronJobChanges<Args> {
  /** Lower-case letters, digits, `-` and `.`; registering the same name again changes what is there. */
  readonly name: string;
  readonly cron: string;
  readonly type: string;
}
