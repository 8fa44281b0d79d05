/** What assertions look at: everything that there is in one test, since its beginning or since `clear()`. */
import type { CronJob } from "../../core/codec/cron-decode.ts";
import type { OjsEvent } from "../../core/codec/event-decode.ts";
import type { Job } from "../../core/codec/job-decode.ts";
import type { Workflow } from "../../core/codec/workflow-decode.ts";

/** Each looks at once, and answers what a client would get; the oldest first. */
export interface Sight {
  jobs(): readonly Job[];
  /** How often a job's handler has put it off. */
  snoozesOf(jobId: string): number;
  workflows(): readonly Workflow[];
  cronJobs(): readonly CronJob[];
  events(): readonly OjsEvent[];
}

/** Whatever has assertions. */
export abstract class Sighted {
  protected abstract readonly sight: Sight;
}
