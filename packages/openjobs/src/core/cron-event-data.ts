/**
 * What events tell of cron jobs. ojs-events §4.6 and ojs-cron §9 give the same members different names; each has its
 * readers, so both are there. Times are Unix milliseconds until they are written.
 */
import type { CronJob, SkipReason } from "./cron.ts";
import type { EventData } from "./event-data.ts";
import type { JobRecord } from "./job.ts";

/** A run that made a job. */
export interface TriggeredRun {
  readonly job: Pick<JobRecord, "id" | "type">;
  readonly scheduledAt: number;
}

/** A run that made none. */
export interface SkippedRun {
  readonly reason: SkipReason;
  readonly scheduledAt: number;
  /** The job that was in the way. */
  readonly blocking: string | null;
}

/** The facts of `cron.triggered`. */
export function triggeredFacts(cron: CronJob, { job, scheduledAt }: TriggeredRun, at: number): EventData {
  return {
    ...cronFacts(cron),
    job_id: job.id,
    job_type: job.type,
    run_count: cron.runCount,
    scheduled_at: scheduledAt,
    scheduled_time: scheduledAt,
    actual_time: at,
  };
}

/** The facts of `cron.skipped`. */
export function skippedFacts(cron: CronJob, { reason, scheduledAt, blocking }: SkippedRun): EventData {
  return {
    ...cronFacts(cron),
    reason,
    scheduled_at: scheduledAt,
    scheduled_time: scheduledAt,
    ...(blocking === null ? {} : { existing_job_id: blocking, active_job_id: blocking }),
  };
}

function cronFacts({ name, expression, timezone }: CronJob): EventData {
  return { cron_name: name, cron_expr: expression, cron_expression: expression, timezone };
}
