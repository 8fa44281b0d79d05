/** Assertions about the recurring jobs of one test. `advance` fires them, and what they enqueue are jobs like others. */
import type { CronJob } from "../../core/codec/cron-decode.ts";
import { matches } from "./deep-match.ts";
import { expectNone, expectSome, type Sought } from "./expectation.ts";
import { describeMatch, type JobKind, typeOf } from "./job-match.ts";
import { isMoment, type Moment } from "./moment.ts";
import { shortened } from "./shown-value.ts";
import { WorkflowAssertions } from "./workflow-assertions.ts";

/** What a recurring job has to be like; what is left out does not matter. */
export interface CronMatch {
  readonly cron?: string;
  readonly timezone?: string;
  /** Type of its jobs, or their definition. */
  readonly type?: JobKind;
  /** Arguments of its jobs, as in `JobMatch`. */
  readonly args?: unknown;
  /** Queue of its jobs. */
  readonly queue?: string;
  readonly enabled?: boolean;
  readonly nextRunAt?: Moment;
  /** Anything else. */
  readonly where?: (cron: CronJob) => boolean;
}

/** How often it was to fire. */
export interface FiredMatch {
  /** So often; at least once when absent. */
  readonly times?: number;
}

/** See above. */
export abstract class CronAssertions extends WorkflowAssertions {
  /**
   * The recurring jobs that are registered, by name.
   *
   * @example expect(ojs.allCronJobs().map(({ name }) => name)).toEqual(["daily-report"]);
   */
  allCronJobs(): readonly CronJob[] {
    return this.sight.cronJobs();
  }

  /**
   * That a recurring job of this name is registered, and is like this.
   *
   * @returns It.
   * @throws TestAssertionError that lists those that are.
   * @example ojs.assertCronRegistered("daily-report", { cron: "0 9 * * *", timezone: "Europe/Berlin", type: buildReport });
   */
  assertCronRegistered(name: string, match: CronMatch = {}): CronJob {
    return expectSome(this.#sought("registered", name, match, () => ""));
  }

  /**
   * That no recurring job of this name is registered, or none that is like this.
   *
   * @throws TestAssertionError.
   * @example ojs.refuteCronRegistered("hourly-report");
   */
  refuteCronRegistered(name: string, match: CronMatch = {}): void {
    expectNone(this.#sought("registered", name, match, () => ""));
  }

  /**
   * That a recurring job has enqueued a job, when its time came or because somebody triggered it.
   *
   * @returns It.
   * @throws TestAssertionError that says how often it has.
   * @example ojs.assertCronFired("daily-report", { times: 2 });
   */
  assertCronFired(name: string, { times }: FiredMatch = {}): CronJob {
    const fired = (count: number): boolean => (times === undefined ? count > 0 : count === times);
    const verb = times === undefined ? "fired" : `fired ${times} ${times === 1 ? "time" : "times"}`;
    return expectSome(this.#sought(verb, name, {}, ({ runCount }) => (fired(runCount) ? "" : firedText(runCount))));
  }

  /**
   * That a recurring job has enqueued none.
   *
   * @throws TestAssertionError.
   * @example ojs.refuteCronFired("daily-report");
   */
  refuteCronFired(name: string): void {
    expectNone(this.#sought("fired", name, {}, ({ runCount }) => (runCount > 0 ? "" : "has not fired")));
  }

  #sought(verb: string, name: string, match: CronMatch, condition: (cron: CronJob) => string): Sought<CronJob> {
    const { type } = match;
    return {
      noun: "recurring job",
      verb,
      wanted: describeMatch(name, { ...match, ...(type === undefined ? {} : { type: typeOf(type) }) }),
      all: this.sight.cronJobs(),
      differences: (cron) =>
        cron.name === name
          ? [...cronDifferences(cron, match), condition(cron)].filter((text) => text !== "")
          : ["has another name"],
      describe: describeCron,
      heading: "These recurring jobs were there:",
      nothing: "No recurring job was registered.",
      isNear: (cron) => cron.name === name,
    };
  }
}

function cronDifferences(cron: CronJob, match: CronMatch): readonly string[] {
  const { type, args, nextRunAt, where } = match;
  return [
    ...settingDifferences(cron, match),
    type === undefined || cron.type === typeOf(type) ? "" : `makes jobs of type ${cron.type}`,
    args === undefined || matches(cron.args, Array.isArray(args) ? args : [args]) ? "" : "has other args",
    nextRunAt === undefined || isMoment(cron.nextRunAt, nextRunAt) ? "" : `runs next at ${cron.nextRunAt ?? "no time"}`,
    where === undefined || where(cron) ? "" : "is refused by where()",
  ];
}

function settingDifferences(job: CronJob, { cron, timezone, queue, enabled }: CronMatch): readonly string[] {
  const ownQueue = job.options.queue ?? "default";
  return [
    cron === undefined || job.cron === cron ? "" : `runs at ${job.cron}`,
    timezone === undefined || job.timezone === timezone ? "" : `is in the time zone ${job.timezone}`,
    queue === undefined || ownQueue === queue ? "" : `is in queue ${ownQueue}`,
    enabled === undefined || job.enabled === enabled ? "" : `is ${job.enabled ? "enabled" : "disabled"}`,
  ];
}

function describeCron({ name, cron, timezone, type, args, enabled, nextRunAt, runCount }: CronJob): string {
  const next = enabled ? `next at ${nextRunAt ?? "no time"}` : "disabled";
  return `${name} "${cron}" ${timezone}, ${type} ${shortened(args)}, ${next}, ${firedText(runCount)}`;
}

function firedText(count: number): string {
  return `has fired ${count} ${count === 1 ? "time" : "times"}`;
}
