/** Recurring jobs on their way in, in any of the shapes that servers send them (ojs-cron §2, §8). */
import { isMembers, type Members } from "../request-fields.ts";
import { objectAt, readArray, readObject } from "./answer-shape.ts";
import type { OverlapPolicy } from "./cron-definition.ts";
import { flag, integer, list, present, text } from "./wire-values.ts";

/** Members that only some recurring jobs have. */
export interface CronJobFacts {
  readonly description?: string;
  /** RFC 3339; absent before the first run. */
  readonly lastRunAt?: string;
  /** RFC 3339; absent as long as it is disabled. */
  readonly nextRunAt?: string;
  /** RFC 3339. */
  readonly createdAt?: string;
}

/** A recurring job as a client sees it. Times are texts as the server sent them. */
export interface CronJob extends CronJobFacts {
  readonly name: string;
  readonly cron: string;
  readonly timezone: string;
  /** Type of its jobs. */
  readonly type: string;
  readonly args: readonly unknown[];
  /** `meta` of its jobs. */
  readonly meta: Readonly<Record<string, unknown>>;
  /** Options of its jobs, under their wire names. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly overlapPolicy: OverlapPolicy | (string & Record<never, never>);
  readonly enabled: boolean;
  /** How often it has run. */
  readonly runCount: number;
}

/**
 * Reads a recurring job: in `cron_job` (ojs-cron), in `cron` (official cases) or flat. Throws a plain Error when there is
 * none.
 */
export function decodeCronJob(answer: unknown): CronJob {
  const outer = readObject(answer, "the answer");
  const cron = [outer.cron_job, outer.cron].find(isMembers) ?? outer;
  const template = objectAt(cron, "job_template");
  const name = text(cron.name);
  if (name === undefined) throw new Error("the recurring job has no name");
  const args = cron.args ?? template.args ?? [];
  return {
    name,
    cron: text(cron.cron) ?? text(cron.expression) ?? "",
    timezone: text(cron.timezone) ?? "UTC",
    type: text(cron.type) ?? text(template.type) ?? "",
    args: list(args) ?? [args],
    meta: firstObject(cron.meta, template.meta),
    options: firstObject(cron.options, template.options),
    overlapPolicy: text(cron.overlap_policy) ?? "skip",
    enabled: flag(cron.enabled) ?? text(cron.status) !== "disabled",
    runCount: integer(cron.run_count) ?? 0,
    ...present<CronJobFacts>({
      description: text(cron.description),
      lastRunAt: text(cron.last_run_at),
      nextRunAt: text(cron.next_run_at),
      createdAt: text(cron.created_at),
    }),
  };
}

/** One time at which a run was due or asked for. */
export interface CronRun extends CronRunFacts {
  /** RFC 3339, when it was due. */
  readonly scheduledAt: string;
  /** RFC 3339, when the server saw to it. */
  readonly at: string;
  /** `triggered`, or `skipped` when no job was made. */
  readonly status: string;
  /** Whether somebody asked for it. */
  readonly manual: boolean;
}

/** Members that only some runs have. */
export interface CronRunFacts {
  /** The job that was made. */
  readonly jobId?: string;
  /** Why none was made: `overlap_skip`, `dst_skip`, … (ojs-cron §9.2). */
  readonly reason?: string;
}

/** Reads the history of a recurring job. Throws a plain Error when it is none. */
export function decodeCronRuns(answer: unknown): readonly CronRun[] {
  return readArray(answer, "runs").filter(isMembers).map(decodeRun);
}

function decodeRun(run: Members): CronRun {
  return {
    scheduledAt: text(run.scheduled_at) ?? "",
    at: text(run.at) ?? "",
    status: text(run.status) ?? "",
    manual: run.manual === true,
    ...present<CronRunFacts>({ jobId: text(run.job_id), reason: text(run.reason) }),
  };
}

function firstObject(...values: readonly unknown[]): Members {
  return values.find(isMembers) ?? {};
}
