/**
 * Registrations and changes of cron jobs, in the spelling of ojs-cron and http-binding §13 (`cron`, the job's fields at the
 * top) and in that of the official cases (`expression`, `job_template`); wire contract §6.5.
 */
import { OPTION_NAMES } from "./attribute-names.ts";
import { type CronChange, type CronRegistration, OVERLAP_POLICIES, type OverlapPolicy } from "./cron.ts";
import { CRON_NAME_RULE, isCronName } from "./cron-name.ts";
import { readJobRequest } from "./job-request.ts";
import { parseJson, stringifyJson } from "./json.ts";
import type { JsonObject } from "./json-object.ts";
import { LIMITS } from "./limits.ts";
import { type Found, findMember, isMembers, type Members, refused, stringOf } from "./request-fields.ts";

/** The members of a flat registration that belong to the jobs. */
const JOB_MEMBERS = ["type", "args", "meta", "options", ...OPTION_NAMES];

/**
 * Checks a registration.
 *
 * @param now Unix milliseconds, for the job's own checks.
 * @throws OjsError `invalid_request` that names the field; for the job's fields as `readJobRequest`.
 */
export function readCronRegistration(body: JsonObject, now: number): CronRegistration {
  const name = findMember(body, "name", "");
  if (!isCronName(name.value)) throw refused("name", `must be a name of ${CRON_NAME_RULE}`);
  const expression = expressionOf(body);
  if (expression === undefined)
    throw refused("cron", "is missing", 'Send a schedule like "0 9 * * MON-FRI" or "@daily".');
  // No arguments need not be mentioned (§2.2).
  const template = { args: [], ...templateOf(body) };
  const overlapPolicy = overlapOf(body) ?? "skip";
  return {
    name: name.value,
    expression: expression.text,
    expressionField: expression.field,
    timezone: timezoneOf(body) ?? "UTC",
    template: checkedTemplate(template, { field: fieldOfTemplate(body), name: name.value, overlapPolicy, now }),
    overlapPolicy,
    enabled: enabledOf(body),
    description: descriptionOf(body) ?? null,
  };
}

/** Checks a change; the template is checked as a whole by {@link mergeTemplate}. Throws as a registration. */
export function readCronChange(body: JsonObject): CronChange {
  const expression = expressionOf(body);
  const changes = {
    expression: expression?.text,
    timezone: timezoneOf(body),
    overlapPolicy: overlapOf(body),
    description: descriptionOf(body),
    enabled: enabledOf(body) ?? undefined,
  };
  const template = templateOf(body);
  return {
    ...Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)),
    ...(Object.keys(template).length === 0 ? {} : { template }),
    expressionField: expression?.field ?? "cron",
  };
}

/** What a template is checked with. */
export interface TemplateTerms {
  /** Where it is in its request. */
  readonly field: string;
  readonly name: string;
  readonly overlapPolicy: OverlapPolicy;
  /** Unix milliseconds. */
  readonly now: number;
}

/** A template with some members replaced; throws as a registration. */
export function mergeTemplate(before: string, change: Members, terms: TemplateTerms): string {
  return checkedTemplate({ ...(parseJson(before) as JsonObject), ...change }, terms); // a template is an object
}

/** The enqueue request of one run, as a JSON value: the template, and in its `meta` where it comes from (§6.3). */
export function requestOfRun(
  template: string,
  cron: { readonly name: string; readonly triggeredAt: string },
): JsonObject {
  const request = parseJson(template) as JsonObject; // it was checked when it was stored
  const meta = isMembers(request.meta) ? request.meta : {};
  return { ...request, meta: { ...meta, cron_name: cron.name, cron_triggered_at: cron.triggeredAt } };
}

/** Carries out all the checks that a run will have to pass. */
function checkedTemplate(template: JsonObject, { field, name, overlapPolicy, now }: TemplateTerms): string {
  // What a run is made of has a `meta` of its own, so that the job's checks would not see this one.
  const meta = findMember(template, "meta", field);
  if (meta.value !== null && !isMembers(meta.value)) throw refused(meta.field, "must be an object");
  const text = stringifyJson(template);
  const example = requestOfRun(text, { name, triggeredAt: "2026-01-01T00:00:00.000Z" });
  const { pending } = readJobRequest(example, { now, ...(field === "" ? {} : { field }) });
  if (!pending || overlapPolicy !== "enqueue") return text;
  throw refused(
    "overlap_policy",
    "cannot be 'enqueue' for jobs that are pending: they would wait for ever",
    "Choose another.",
  );
}

function expressionOf(body: JsonObject): { readonly text: string; readonly field: string } | undefined {
  for (const field of ["cron", "expression"]) {
    const { value } = findMember(body, field, "");
    if (value === null) continue;
    if (typeof value === "string") return { text: value, field };
    throw refused(field, "must be a string");
  }
  return undefined;
}

function timezoneOf(body: JsonObject): string | undefined {
  const found = findMember(body, "timezone", "");
  return found.value === null ? undefined : stringOf(found, 255);
}

function overlapOf(body: JsonObject): OverlapPolicy | undefined {
  const { value, field } = findMember(body, "overlap_policy", "");
  if (value === null) return undefined;
  const policy = OVERLAP_POLICIES.find((known) => known === value);
  if (policy !== undefined) return policy;
  throw refused(field, `must be one of ${OVERLAP_POLICIES.join(", ")}`);
}

function enabledOf(body: JsonObject): boolean | null {
  const { value, field } = findMember(body, "enabled", "");
  if (value === null || typeof value === "boolean") return value;
  throw refused(field, "must be true or false");
}

/** Undefined = not mentioned; null = there shall be none. */
function descriptionOf(body: JsonObject): string | null | undefined {
  if (!Object.hasOwn(body, "description")) return undefined;
  const found: Found = findMember(body, "description", "");
  if (found.value === null || found.value === "") return null;
  return stringOf(found, LIMITS.cronDescriptionChars);
}

function fieldOfTemplate(body: JsonObject): string {
  return findMember(body, "job_template", "").value === null ? "" : "job_template";
}

/** The job's members of the request, wherever they are; empty when it has none. */
function templateOf(body: JsonObject): JsonObject {
  const { value, field } = findMember(body, "job_template", "");
  if (value !== null && !isMembers(value)) throw refused(field, "must be an object that describes a job");
  const members = value ?? pick(body, JOB_MEMBERS);
  if (findMember(members, "id", "").value !== null)
    throw refused(`${field}.id`, "must be left out: each run is a new job");
  return withArray(members);
}

function pick(body: JsonObject, names: readonly string[]): Members {
  return Object.fromEntries(
    names.filter((name) => findMember(body, name, "").value !== null).map((name) => [name, body[name]]),
  );
}

/** The Rust SDK sends a single argument as it is (wire contract §6.5), and null for none. */
function withArray(members: Members): JsonObject {
  if (!Object.hasOwn(members, "args")) return members;
  const { args } = members;
  if (Array.isArray(args)) return members;
  return { ...members, args: args === null ? [] : [args] };
}
