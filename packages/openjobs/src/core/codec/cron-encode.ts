/** The bodies of requests about recurring jobs, in the words of ojs-cron §8 and ojs-http-binding §13.2. */
import type { JsonText } from "../job.ts";
import { stringifyJson } from "../json.ts";
import type { CronJobChanges, CronJobInput } from "./cron-definition.ts";
import { changedMembers, templateMembers } from "./enqueue-encode.ts";
import { refusedOption, refuseUnknown } from "./enqueue-options-encode.ts";

/** What the jobs of a schedule cannot have, because each run has its own. */
const OWN_OF_RUNS = ["id", "pending", "delay", "scheduledAt", "expiresAt"];

const CRON_JOB_NAMES: Readonly<Record<keyof Omit<CronJobInput, "with">, true>> = {
  name: true,
  cron: true,
  timezone: true,
  type: true,
  args: true,
  options: true,
  definition: true,
  overlapPolicy: true,
  enabled: true,
  description: true,
};

/**
 * Writes a registration.
 *
 * @throws OjsValidationError for what cannot travel or makes no sense.
 */
export function encodeCronJob(cronJob: CronJobInput): JsonText {
  refuseUnknown(cronJob, CRON_JOB_NAMES, "");
  const { name, type, args, options, ...schedule } = cronJob;
  if (typeof name !== "string") throw refusedOption("name", "A recurring job needs a name, such as 'daily-report'.");
  const job = { type, args, ...(options === undefined ? {} : { options: checked(options) }) };
  return `{"name":${stringifyJson(name)},${templateMembers(job)}${scheduleMembers(schedule)}}`;
}

/** Writes a change: only what is given. Errors as for {@link encodeCronJob}. */
export function encodeCronJobChanges(changes: CronJobChanges): JsonText {
  refuseUnknown(changes, CRON_JOB_NAMES, "");
  const { type, args, options, ...schedule } = changes;
  const job = {
    ...(type === undefined ? {} : { type }),
    ...(args === undefined ? {} : { args }),
    ...(options === undefined ? {} : { options: checked(options) }),
  };
  return `{${`${changedMembers(job)}${scheduleMembers(schedule)}`.replace(/^,/, "")}}`;
}

function scheduleMembers(schedule: Omit<CronJobChanges, "type" | "args" | "options">): string {
  const { cron, timezone, overlapPolicy, enabled, description } = schedule;
  const members = stringifyJson({ cron, timezone, overlap_policy: overlapPolicy, enabled, description });
  return members === "{}" ? "" : `,${members.slice(1, -1)}`;
}

function checked<T extends object>(options: T): T {
  const wrong = OWN_OF_RUNS.find((name) => name in options);
  if (wrong === undefined) return options;
  throw refusedOption(`options.${wrong}`, `A recurring job cannot have the option ${wrong}.`);
}
