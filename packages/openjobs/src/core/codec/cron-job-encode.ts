/**
 * Cron jobs on their way out. Each carries the names of ojs-cron and http-binding §13 (`cron`, the job's fields flat) and
 * those of the official cases (`expression`, `job_template`); wire contract §6.5.
 */
import { OPTION_NAMES } from "../attribute-names.ts";
import type { CronJob, CronRun } from "../cron.ts";
import type { JsonText } from "../job.ts";
import { parseJson, stringifyJson } from "../json.ts";
import type { JsonObject } from "../json-object.ts";
import { isMembers } from "../request-fields.ts";
import { formatTimestamp } from "../time.ts";

/** A cron job as a JSON object. */
export function encodeCronJob(cron: CronJob): JsonText {
  return stringifyJson(membersOf(cron));
}

/**
 * The answer about one cron job. The official cases want `cron` to be an object, the SDKs a string beside the other
 * members, so somebody has to decide (decisions 2.8).
 *
 * @param forCases Whether the asker is like the official cases.
 */
export function encodeCronAnswer(cron: CronJob, forCases: boolean, extra: JsonObject = {}): JsonText {
  const members = membersOf(cron);
  const wrapped = { ...extra, cron_job: members };
  return stringifyJson(forCases ? { ...wrapped, cron: members } : { ...wrapped, ...members });
}

/** The runs that a cron job remembers, the latest first. */
export function encodeCronRuns({ name, runs }: CronJob, limit: number): JsonText {
  const shown = runs.slice(0, limit).map(encodeRun);
  return stringifyJson({ name, runs: shown, count: shown.length });
}

function membersOf(cron: CronJob): JsonObject {
  const template = parseJson(cron.template) as JsonObject; // it was checked when it was stored
  const { type, args, meta } = template;
  const options = optionsOf(template);
  const job = { type, args, ...(meta === undefined ? {} : { meta }), options };
  return {
    name: cron.name,
    cron: cron.expression,
    expression: cron.expression,
    timezone: cron.timezone,
    ...job,
    job_template: job,
    overlap_policy: cron.overlapPolicy,
    enabled: cron.enabled,
    status: cron.enabled ? "active" : "disabled",
    ...(cron.description === null ? {} : { description: cron.description }),
    // Null, not absent: ojs-cron §2.2 says so of these two.
    last_run_at: timeOrNull(cron.lastRunAt),
    next_run_at: timeOrNull(cron.nextRunAt),
    run_count: cron.runCount,
    created_at: formatTimestamp(cron.createdAt),
    updated_at: formatTimestamp(cron.updatedAt),
  };
}

/** Options may stand beside the job's other members as well; `options` goes before that, as for any job. */
function optionsOf(template: JsonObject): JsonObject {
  const beside = OPTION_NAMES.filter((name) => Object.hasOwn(template, name)).map((name) => [name, template[name]]);
  return { ...Object.fromEntries(beside), ...(isMembers(template.options) ? template.options : {}) };
}

function encodeRun({ scheduledAt, at, jobId, skipped, manual }: CronRun): JsonObject {
  return {
    scheduled_at: formatTimestamp(scheduledAt),
    at: formatTimestamp(at),
    status: skipped === null ? "triggered" : "skipped",
    manual,
    ...(jobId === null ? {} : { job_id: jobId }),
    ...(skipped === null ? {} : { reason: skipped }),
  };
}

function timeOrNull(at: number | null): string | null {
  return at === null ? null : formatTimestamp(at);
}
