/** Cron jobs: jobs that are made again and again, by a schedule (ojs-cron §2). All times are Unix milliseconds. */
import type { JsonText } from "./job.ts";
import { LIMITS } from "./limits.ts";

/** What happens when it is time for a run and an earlier one has not ended (ojs-cron §6). */
export const OVERLAP_POLICIES = ["skip", "allow", "cancel_previous", "enqueue"] as const;

/** One of {@link OVERLAP_POLICIES}. */
export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number];

/** Why no job was made when it was time for one (ojs-cron §9.2); `refused`: the job cannot be accepted. */
export type SkipReason = "overlap_skip" | "disabled" | "dst_skip" | "refused";

/** What its owner decides about a cron job. */
export interface CronTerms {
  /** As it was written; see `readCronExpression`. */
  readonly expression: string;
  /** Name of the IANA database. */
  readonly timezone: string;
  /** The enqueue request of each run, without an id: JSON object text. */
  readonly template: JsonText;
  readonly overlapPolicy: OverlapPolicy;
  readonly description: string | null;
}

/** A checked registration. */
export interface CronRegistration extends CronTerms {
  readonly name: string;
  /** null = as before, and true for a new one: an application that registers at every start does not undo an operator. */
  readonly enabled: boolean | null;
  /** How the request spells the expression's field. */
  readonly expressionField: string;
}

/** A checked change: what is absent stays as it is. */
export interface CronChange extends Partial<Omit<CronTerms, "template">> {
  readonly enabled?: boolean;
  /** Members of the template that are replaced. */
  readonly template?: Readonly<Record<string, unknown>>;
  readonly expressionField: string;
}

/** One time at which a run was due or asked for. */
export interface CronRun {
  /** When it was due. */
  readonly scheduledAt: number;
  /** When it was seen to. */
  readonly at: number;
  /** The job that was made. */
  readonly jobId: string | null;
  /** Why none was made. */
  readonly skipped: SkipReason | null;
  /** Whether somebody asked for it. */
  readonly manual: boolean;
}

/** Times that do not exist on a day on which clocks are put forward. */
export interface MissedTimes {
  /** When the clocks are put forward. */
  readonly at: number;
  /** When it would have fired. */
  readonly missed: readonly number[];
}

/** A cron job. */
export interface CronJob extends CronTerms {
  readonly name: string;
  readonly enabled: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** What `@every` counts from: a full second. */
  readonly anchorAt: number;
  /** null = disabled. */
  readonly nextRunAt: number | null;
  /** What will be missed before that. */
  readonly gap: MissedTimes | null;
  readonly lastRunAt: number | null;
  /** Jobs made so far. */
  readonly runCount: number;
  /** The last ones, the latest first. */
  readonly runs: readonly CronRun[];
}

/** The runs with one more. */
export function withRun(runs: readonly CronRun[], run: CronRun): readonly CronRun[] {
  return [run, ...runs].slice(0, LIMITS.cronRuns);
}
