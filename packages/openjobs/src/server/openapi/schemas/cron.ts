/** Cron jobs (ojs-cron, ojs-http-binding §13). */
import { OVERLAP_POLICIES } from "../../../core/cron.ts";
import { LIMITS } from "../../../core/limits.ts";
import {
  anyOf,
  flag,
  having,
  integer,
  type JsonSchema,
  list,
  type Members,
  object,
  ref,
  text,
  time,
  timeOrNull,
  word,
} from "../schema-words.ts";
import { REQUESTED_OPTIONS } from "./job-options.ts";

/** The options are shown as they were sent, with whatever members nobody reads. */
const JOB: Members = { type: ref("JobType"), args: ref("JsonArray"), options: ref("JsonObject") };
const META: Members = { meta: ref("JsonObject") };

const CRON: Members = {
  name: text(),
  cron: text(),
  expression: text(),
  timezone: text(),
  ...JOB,
  job_template: object(JOB, META),
  overlap_policy: word(...OVERLAP_POLICIES),
  enabled: flag(),
  status: word("active", "disabled"),
  last_run_at: timeOrNull(),
  next_run_at: timeOrNull(),
  run_count: integer(),
  created_at: time(),
  updated_at: time(),
};
const CRON_AT_TIMES: Members = { ...META, description: text() };
const REMOVED: Members = { deleted: flag({ const: true }), name: text() };

const EXPRESSION = text({
  description: "A schedule: `0 9 * * MON-FRI`, `@daily`.",
  maxLength: LIMITS.cronExpressionChars,
});
const CHANGE: Members = {
  cron: EXPRESSION,
  expression: EXPRESSION,
  timezone: text({ description: "A name of the IANA database; UTC when it is left out." }),
  overlap_policy: word(...OVERLAP_POLICIES),
  enabled: flag(),
  description: text({ maxLength: LIMITS.cronDescriptionChars }),
  job_template: ref("CronTemplate"),
  type: ref("JobType"),
  args: ref("JsonValue"),
  meta: ref("JsonObject"),
  options: ref("JobOptions"),
  ...REQUESTED_OPTIONS,
};

/** Names of these schemas. */
export type CronSchemaName =
  | "CronRegistration"
  | "CronChange"
  | "CronTemplate"
  | "CronJob"
  | "CronPage"
  | "CronAnswer"
  | "RemovedCron"
  | "CronRuns"
  | "CronRun";

export const CRON_SCHEMAS: Readonly<Record<CronSchemaName, JsonSchema>> = {
  CronRegistration: object({ name: text({ maxLength: LIMITS.cronNameChars }) }, CHANGE, {
    description: "A schedule under `cron` or `expression`, and its jobs under `job_template` or beside it.",
  }),
  CronChange: object({}, CHANGE, { description: "What is left out stays as it is." }),
  CronTemplate: object(
    {},
    {
      type: ref("JobType"),
      args: ref("JsonValue"),
      meta: ref("JsonObject"),
      options: ref("JobOptions"),
      ...REQUESTED_OPTIONS,
    },
    { additionalProperties: ref("OwnMember") },
  ),
  CronJob: object(CRON, CRON_AT_TIMES),
  CronPage: object({
    cron_jobs: list(ref("CronJob")),
    crons: list(ref("CronJob")),
    count: integer(),
    pagination: ref("Pagination"),
  }),
  CronAnswer: anyOf(
    object({ cron_job: ref("CronJob"), cron: ref("CronJob") }, REMOVED, {
      description: "Without `OJS-Version`: `cron` is the cron job.",
    }),
    object(
      { cron_job: ref("CronJob"), ...CRON },
      { ...CRON_AT_TIMES, ...REMOVED },
      { description: "With `OJS-Version`, as SDKs send it: `cron` is its schedule, beside the other members." },
    ),
  ),
  RemovedCron: having("CronAnswer", "deleted", "name"),
  CronRuns: object({ name: text(), runs: list(ref("CronRun")), count: integer() }),
  CronRun: object(
    { scheduled_at: time(), at: time(), status: word("triggered", "skipped"), manual: flag() },
    { job_id: ref("JobId"), reason: word("overlap_skip", "disabled", "dst_skip", "refused") },
  ),
};
